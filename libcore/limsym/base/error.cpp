#include "limsym/base/error.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace limsym::base {

namespace {

std::string placed(std::string_view place, std::string_view message) {
    std::string text(place);
    if (!text.empty()) text += ": ";
    text += message;
    return text;
}

/// Insertions, deletions, replacements and swaps of neighbours that make `b` of `a`; case does not count.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    const auto same = [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
    };
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same(a[i - 1], b[j - 1]) ? 0U : 1U)});
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row[b.size()];
}

} // namespace

InputError::InputError(std::string_view place, std::string_view message) : std::runtime_error(placed(place, message)) {}

WorkError::WorkError(std::string_view place, std::string_view message) : std::runtime_error(placed(place, message)) {}

std::string at_line(std::string_view file, std::size_t line) {
    return std::string(file) + ":" + std::to_string(line);
}

std::string at_pointer(std::string_view file, std::string_view pointer) {
    return std::string(file) + ":" + (pointer.empty() ? "/" : std::string(pointer));
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    if (word.empty() || word.size() > 100) return "";
    std::size_t best = std::max<std::size_t>(2, word.size() / 3) + 1;
    const std::string* nearest = nullptr;
    for (const std::string& candidate : candidates) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < best && distance < candidate.size()) {
            best = distance;
            nearest = &candidate;
        }
    }
    return nearest == nullptr ? "" : "; did you mean " + *nearest + "?";
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += separator;
        text += words[i];
    }
    return text;
}

std::string printable(std::string_view text) {
    static constexpr char hex[] = "0123456789abcdef";
    std::string safe;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            safe += "\\x";
            safe += hex[byte >> 4U];
            safe += hex[byte & 15U];
        } else {
            safe += c;
        }
    }
    return safe;
}

std::string quoted(std::string_view word) {
    constexpr std::size_t longest = 60;
    std::size_t cut = word.size();
    if (cut > longest) {
        cut = longest;
        while (cut > 0 && (static_cast<unsigned char>(word[cut]) & 0xc0U) == 0x80U)
            --cut; // not inside a UTF-8 sequence
    }
    std::string text = "'";
    text += printable(word.substr(0, cut));
    text += cut < word.size() ? "...'" : "'";
    return text;
}

} // namespace limsym::base
