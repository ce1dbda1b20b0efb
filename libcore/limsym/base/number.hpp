// Numbers as text, independent of the locale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace limsym::base {

/// Room that write_number needs.
inline constexpr std::size_t longest_number = 32;
/// Writes what append_number appends at `at`, where longest_number bytes are free, and returns the end.
[[nodiscard]] char* write_number(char* at, double value);
/// Appends the fewest digits that read back to the same double; `value` is finite. Whole numbers below 1e15 in
/// magnitude have no exponent and no point.
void append_number(std::string& text, double value);
[[nodiscard]] std::string number_text(double value);

/// The finite number that all of `text` spells (decimal or exponent form, optional sign, no spaces), or nothing.
/// Values that overflow double are not numbers here; values that underflow are 0.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
/// True for the spellings of nan and infinity in any case, with or without a sign.
[[nodiscard]] bool spells_non_finite(std::string_view text);

/// "64K", "2.5G", "1000000" in bytes; K, M, G, T are powers of 1024, an optional trailing B or iB is ignored.
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

} // namespace limsym::base
