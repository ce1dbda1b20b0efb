// Paragraphs cut to lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace limsym::cli {

/// Characters of UTF-8 text.
[[nodiscard]] std::size_t width_of(std::string_view text);

/// Words put on lines of at most `width` columns, each line indented, ended by a newline.
/// @param first what stands before the first line in place of the indentation
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent, std::size_t width,
                                  std::string_view first = {});

/// The first letter in upper case.
[[nodiscard]] std::string capitalised(std::string text);

/// A command line cut at spaces outside quotes to lines of at most `width` columns where that can be, all but the last
/// ended by a backslash.
[[nodiscard]] std::vector<std::string> command_lines(std::string_view command, std::size_t width);

} // namespace limsym::cli
