// The file formats and how one is chosen.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace limsym::data {

enum class Format { csv, json, ndjson, npy, h5, idx };

/// "csv", "json", ... as --from and --to spell them.
[[nodiscard]] std::string_view format_name(Format format);
/// @throws InputError naming `option`
[[nodiscard]] Format parse_format(std::string_view text, std::string_view option);
/// By the extension of the file name, before a final .gz; nothing when it tells none.
[[nodiscard]] std::optional<Format> format_of_name(std::string_view file);
/// By the first bytes: npy, HDF5 and idx magic; '{' is JSON or NDJSON (by a second object), '[' JSON or NDJSON; else
/// CSV.
[[nodiscard]] Format format_of_content(std::string_view first_bytes);

/// An input as the user named it.
struct Source {
    std::string file;             ///< "-" is standard input
    std::optional<Format> format; ///< --from; else by name, else by content
    std::string dataset;          ///< --dataset, of HDF5 files; empty: the only one
};

} // namespace limsym::data
