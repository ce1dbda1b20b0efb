#include "common/text.hpp"

#include <algorithm>
#include <cctype>

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

std::string capitalised(std::string text) {
    if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
    return text;
}

std::vector<std::string> command_lines(std::string_view command, std::size_t width) {
    std::vector<std::string> words(1);
    char quote = 0;
    for (const char c : command) {
        if (c == ' ' && quote == 0) {
            words.emplace_back();
            continue;
        }
        if (quote == 0 && (c == '\'' || c == '"')) {
            quote = c;
        } else if (c == quote) {
            quote = 0;
        }
        words.back() += c;
    }
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::size_t mark = i + 1 < words.size() ? 2 : 0; // " \" must still fit
        if (!lines.empty() && width_of(lines.back()) + 1 + width_of(words[i]) + mark <= width) {
            lines.back() += ' ' + words[i];
            continue;
        }
        if (!lines.empty()) lines.back() += " \\";
        lines.push_back(lines.empty() ? words[i] : "    " + words[i]);
    }
    return lines;
}

} // namespace limsym::cli
