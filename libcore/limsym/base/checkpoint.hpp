// Resumable state on disk, bound to the options and data that it belongs to.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace limsym::base {

/// What shapes a piece of work, in order: {"--lr", "0.1"}, {"data", its SHA-256}, ...
using Identity = std::vector<std::pair<std::string, std::string>>;

/// Writes the state atomically: the file holds the old state or the new one, never a part.
/// @param kind names the format of the payload ("nngp-kernel cv")
void save_checkpoint(const std::string& file, std::string_view kind, const Identity& identity,
                     std::string_view payload);

/// The payload of a checkpoint.
/// @throws InputError when the file is damaged, of another kind, or of other options or data; the first difference
///   is named with both values
[[nodiscard]] std::string load_checkpoint(const std::string& file, std::string_view kind, const Identity& identity);

} // namespace limsym::base
