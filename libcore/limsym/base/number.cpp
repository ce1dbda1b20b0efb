#include "limsym/base/number.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace limsym::base {

void append_number(std::string& text, double value) {
    std::array<char, 32> digits{};
    // The shortest of both forms would write 1e+05 for 100000; whole numbers stay readable.
    const bool whole = std::abs(value) < 1e15 && value == std::trunc(value);
    if (value == 0.0) value = 0.0; // -0 reads as 0
    const auto end = whole ? std::to_chars(digits.begin(), digits.end(), static_cast<std::int64_t>(value)).ptr
                           : std::to_chars(digits.begin(), digits.end(), value).ptr;
    text.append(digits.begin(), end);
}

std::string number_text(double value) {
    std::string text;
    append_number(text, value);
    return text;
}

std::optional<double> parse_number(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    const char first = text.front() == '-' && text.size() > 1 ? text[1] : text.front();
    if (first != '.' && (first < '0' || first > '9')) return std::nullopt;
    double value = 0.0;
    const auto [end, status] = std::from_chars(text.begin(), text.end(), value);
    if (end != text.end()) return std::nullopt;
    if (status == std::errc::result_out_of_range) {
        // from_chars does not say on which side; the exponent decides.
        const std::size_t e = text.find_first_of("eE");
        const bool tiny = e != std::string_view::npos ? text.find('-', e) != std::string_view::npos
                                                      : text.find('.') <= text.find_first_not_of("-0");
        return tiny ? std::optional<double>(0.0) : std::nullopt;
    }
    if (status != std::errc{}) return std::nullopt;
    return value;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(text.begin(), text.end(), value);
    if (text.empty() || end != text.end() || status != std::errc{}) return std::nullopt;
    return value;
}

bool spells_non_finite(std::string_view text) {
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
    std::string lower;
    for (const char c : text.substr(0, 9))
        lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower == "nan" || lower == "inf" || lower == "infinity";
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    if (text.ends_with("iB")) {
        text.remove_suffix(2);
    } else if (text.ends_with("B")) {
        text.remove_suffix(1);
    }
    double unit = 1.0;
    if (!text.empty()) {
        const std::size_t power =
            std::string_view("KMGT").find(static_cast<char>(std::toupper(static_cast<unsigned char>(text.back()))));
        if (power != std::string_view::npos) {
            unit = std::pow(1024.0, static_cast<double>(power + 1));
            text.remove_suffix(1);
        }
    }
    const std::optional<double> amount = parse_number(text);
    if (!amount || *amount < 0.0 || *amount * unit > 0x1p62) return std::nullopt;
    return static_cast<std::uint64_t>(*amount * unit);
}

} // namespace limsym::base
