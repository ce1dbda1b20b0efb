#include "common/value.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::cli {

namespace {

[[noreturn]] void not_a_number(const std::string& text, const std::string& place, const std::string& expected) {
    if (text.empty()) throw base::InputError(place, "no value given; expected " + expected);
    const bool non_finite = base::spells_non_finite(text);
    throw base::InputError(place, base::quoted(text) + (non_finite ? " is not a finite number" : " is not a number") +
                                      "; expected " + expected);
}

[[noreturn]] void out_of_range(const std::string& text, const std::string& place, const std::string& expected) {
    throw base::InputError(place, text + " is out of range; expected " + expected);
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == separator) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

constexpr std::size_t longest_list = 1'000'000;

} // namespace

double number_value(const std::string& text, const std::string& place, const Range& range, const std::string& name) {
    const auto value = base::parse_number(text);
    if (!value) not_a_number(text, place, range.text(name));
    if (!range.holds(*value)) out_of_range(text, place, range.text(name));
    return *value;
}

std::string whole_range_text(std::uint64_t least, std::uint64_t most, const std::string& name) {
    const bool unbounded = most >= std::numeric_limits<std::int64_t>::max();
    if (unbounded) return least == 0 ? "a whole number >= 0" : name + " >= " + std::to_string(least);
    return std::to_string(least) + " <= " + name + " <= " + std::to_string(most);
}

std::uint64_t whole_value(const std::string& text, const std::string& place, std::uint64_t least, std::uint64_t most,
                          const std::string& name) {
    const std::string expected = whole_range_text(least, most, name);
    std::uint64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc{} || end != text.data() + text.size()) {
        const auto number = base::parse_number(text);
        if (!number) not_a_number(text, place, expected);
        if (*number != std::trunc(*number))
            throw base::InputError(place, base::quoted(text) + " is not a whole number; expected " + expected);
        if (*number < 0.0 || *number >= 0x1p63) out_of_range(text, place, expected);
        value = static_cast<std::uint64_t>(*number);
    }
    if (value < least || value > most) out_of_range(text, place, expected);
    return value;
}

std::vector<double> number_list(const std::string& text, const std::string& place, const Range& range,
                                const std::string& name) {
    std::vector<double> values;
    for (const std::string& part : split(text, ',')) {
        const std::vector<std::string> ends = split(part, ':');
        if (ends.size() == 1) {
            values.push_back(number_value(part, place, range, name));
            continue;
        }
        if (ends.size() > 3)
            throw base::InputError(place, base::quoted(part) + " is not a range; expected A:B or A:B:STEP");
        const double first = number_value(ends[0], place, range, name);
        const double last = number_value(ends[1], place, range, name);
        const double step = ends.size() == 3 ? number_value(ends[2], place, Range::any(), "STEP") : 1.0;
        if (step == 0.0 || (last - first) / step < 0.0)
            throw base::InputError(place, base::quoted(part) + " is empty; expected A:B:STEP that leads from A to B");
        // Rounding must not lose the end: 0:1:0.1 has eleven numbers.
        const double steps = std::floor((last - first) / step * (1.0 + 1e-12) + 1e-9);
        if (steps >= static_cast<double>(longest_list))
            throw base::InputError(place, base::quoted(part) + " has more than 1000000 numbers");
        for (double i = 0.0; i <= steps; ++i) {
            const double value = first + i * step;
            values.push_back(std::abs(value - last) <= 1e-9 * std::abs(step) ? last : value);
        }
    }
    if (values.size() > longest_list) throw base::InputError(place, "has more than 1000000 numbers");
    return values;
}

std::string choice_value(const std::string& text, const std::string& place, const std::vector<std::string>& choices) {
    for (const std::string& choice : choices)
        if (choice == text) return text;
    const std::string expected = "expected " + base::join(choices, "|");
    if (text.empty()) throw base::InputError(place, "no value given; " + expected);
    throw base::InputError(place, base::quoted(text) + " is none of its values; " + expected +
                                      base::did_you_mean(text, choices));
}

} // namespace limsym::cli
