// UTF-8 (RFC 3629): checking, and writing one code point.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace limsym::data {

/// True when every byte belongs to a well-formed sequence (no surrogates, no overlong forms, at most U+10FFFF).
[[nodiscard]] bool is_utf8(std::string_view text);
/// The text with every byte outside a well-formed sequence replaced by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);
/// Bytes of the well-formed sequence at `p`; 1 when there is none.
[[nodiscard]] std::ptrdiff_t sequence_length(const char* p, const char* end);
void append_utf8(std::string& text, unsigned code_point);

} // namespace limsym::data
