#include "common/text.hpp"

#include <algorithm>

namespace limsym::cli {

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width, std::string_view first) {
    std::string result;
    std::string line(first);
    if (width_of(line) < indent) line.append(indent - width_of(line), ' ');
    bool empty = true;
    while (!text.empty()) {
        const std::size_t begin = text.find_first_not_of(' ');
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin);
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(word.size());
        if (!empty && width_of(line) + 1 + width_of(word) > width) {
            result += line + "\n";
            line.assign(indent, ' ');
            empty = true;
        }
        if (!empty) line += ' ';
        line += word;
        empty = false;
    }
    return result + line + "\n";
}

} // namespace limsym::cli
