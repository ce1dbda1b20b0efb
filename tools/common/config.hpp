// Options from a file: the part of TOML that options need.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace limsym::cli {

/// One "key = value" line. Arrays become comma-separated texts.
struct ConfigEntry {
    std::string table; ///< "kernel", "classify fit"; empty at the top
    std::string key;
    std::string value;
    std::size_t line;
    std::vector<std::string> elements{}; ///< of an array, one by one
};

/// Keys and [tables] (a dot between the words of a subcommand), basic and literal strings on one line, numbers,
/// booleans, arrays of these, comments.
/// @throws base::InputError "FILE:LINE: ..." on anything else and on a key given twice
[[nodiscard]] std::vector<ConfigEntry> read_config(const std::string& file);

} // namespace limsym::cli
