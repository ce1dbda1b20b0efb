// JSON documents: parsed with places for errors, read with checks, written with the fewest digits.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "limsym/base/output.hpp"

namespace limsym::data {

/// Objects keep the order of their keys.
using Json = nlohmann::ordered_json;

/// The document in `text`. `name` is the file as the user called it; `first_line` the line at which `text` begins.
/// @throws InputError "FILE:LINE: ..." on broken JSON, a duplicate key, more than 64 levels, a number beyond double
[[nodiscard]] Json parse_json(std::string_view text, const std::string& name, std::size_t first_line = 1);
/// The document in a file ("-": standard input), at most `most` bytes.
[[nodiscard]] Json read_json(const std::string& file, std::size_t most = std::size_t{1} << 30U);
/// Calls `use(record, line)` for every non-blank line of an NDJSON file.
void read_records(const std::string& file, const std::function<void(Json&&, std::size_t line)>& use);

/// Compact, in key order, numbers by base::append_number. No final newline.
/// @throws std::logic_error on NaN or infinity: callers write null and a reason
[[nodiscard]] std::string to_text(const Json& document);

/// Reads the keys of one JSON object with checks; every error is an InputError at "FILE:/pointer/key".
class ObjectReader {
public:
    /// @param value must be an object, else InputError
    ObjectReader(const Json& value, std::string file, std::string pointer);

    [[nodiscard]] bool has(const std::string& key) const;
    /// The value of a key that must be there; marks it as known.
    [[nodiscard]] const Json& at(const std::string& key);
    /// nullptr when absent; marks it as known.
    [[nodiscard]] const Json* find(const std::string& key);

    /// Numbers; `expected` is the range in words ("> 0", "0 < keep <= 1"), `ok` tests it.
    using Test = std::function<bool(double)>;
    [[nodiscard]] double number(const std::string& key, std::optional<double> absent, const Test& ok = {},
                                const std::string& expected = "a number");
    [[nodiscard]] std::optional<double> optional_number(const std::string& key, const Test& ok = {},
                                                        const std::string& expected = "a number");
    /// Whole numbers in [least, most].
    [[nodiscard]] long long integer(const std::string& key, std::optional<long long> absent, long long least,
                                    long long most);
    [[nodiscard]] std::string string(const std::string& key, std::optional<std::string> absent);
    /// One of `allowed`; did-you-mean otherwise.
    [[nodiscard]] std::string choice(const std::string& key, const std::vector<std::string>& allowed,
                                     std::optional<std::string> absent);
    [[nodiscard]] bool boolean(const std::string& key, bool absent);
    [[nodiscard]] std::vector<double> numbers(const std::string& key);

    /// Key `schema` must be `wanted` ("limsym/network@1"); an unknown version is named.
    void schema(const std::string& wanted, bool required = false);
    /// Every key must have been asked for; an unknown one is an error with did-you-mean among all keys asked for.
    void finish() const;

    [[nodiscard]] const std::string& file() const { return file_; }
    [[nodiscard]] const std::string& pointer() const { return pointer_; }
    /// "POINTER/key"
    [[nodiscard]] std::string pointer_to(const std::string& key) const;
    /// Throws InputError at POINTER/key (the object itself for an empty key).
    [[noreturn]] void fail(const std::string& key, const std::string& message) const;

private:
    const Json* value_;
    std::string file_;
    std::string pointer_;
    std::vector<std::string> known_;
};

} // namespace limsym::data
