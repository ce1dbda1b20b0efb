#include "limsym/base/number.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace limsym::base {

namespace {

/// The power of ten of the first digit that is not 0, of a well-formed decimal number.
double decimal_exponent(std::string_view text) {
    const std::size_t e = std::min(text.find_first_of("eE"), text.size());
    double exponent = 0.0;
    if (e < text.size()) {
        const bool negative = text[e + 1] == '-';
        for (const char c : text.substr(e + 1))
            if (c >= '0' && c <= '9') exponent = 10.0 * exponent + (c - '0');
        if (negative) exponent = -exponent;
    }
    const std::string_view mantissa = text.substr(0, e);
    const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
    const std::size_t digit = mantissa.find_first_of("123456789");
    if (digit == std::string_view::npos) return -1.0;
    const auto place = static_cast<double>(point) - static_cast<double>(digit);
    return exponent + (digit < point ? place - 1.0 : place);
}

} // namespace

char* write_number(char* at, double value) {
    // The shortest of both forms would write 1e+05 for 100000; whole numbers stay readable, and -0 is written as 0.
    if (std::abs(value) < 1e15) {
        const auto whole = static_cast<std::int64_t>(value);
        if (static_cast<double>(whole) == value) return std::to_chars(at, at + longest_number, whole).ptr;
    }
    return std::to_chars(at, at + longest_number, value).ptr;
}

void append_number(std::string& text, double value) {
    std::array<char, longest_number> digits{};
    text.append(digits.data(), write_number(digits.data(), value));
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
        // from_chars does not say on which side.
        return decimal_exponent(text) < 0.0 ? std::optional<double>(0.0) : std::nullopt;
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
