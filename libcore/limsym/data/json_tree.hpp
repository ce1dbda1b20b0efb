// Builds JSON trees from tokens.
#pragma once

#include <map>
#include <string>

#include "limsym/data/json.hpp"
#include "limsym/data/json_scanner.hpp"
#include "limsym/data/number_rows.hpp"

namespace limsym::data {

/// The next value. @param rows where arrays of number arrays go (null stands in the tree), or nullptr: all in the tree
/// @throws InputError on broken JSON and duplicate keys
[[nodiscard]] Json read_value(JsonScanner& scanner, std::map<std::string, NumberRows>* rows = nullptr);

/// One key of a JSON pointer (RFC 6901): ~ and / escaped.
[[nodiscard]] std::string pointer_step(std::string_view key);

/// What a value is, for messages: "a string", "null", "an array", ...
[[nodiscard]] std::string kind_of(const Json& value);

/// Appends the text that to_text gives.
void append_text(std::string& text, const Json& value);
/// Appends a string with its quotes and escapes; bytes that are not UTF-8 become U+FFFD.
void append_quoted(std::string& text, std::string_view value);

} // namespace limsym::data
