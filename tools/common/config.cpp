#include "common/config.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"

namespace limsym::cli {

namespace {

constexpr std::size_t largest_file = 1U << 20U;

/// Reads one file from front to back; `line_` counts for messages.
class ConfigReader {
public:
    ConfigReader(const std::string& file, std::string text) : file_(file), text_(std::move(text)) {
        if (text_.starts_with("\xef\xbb\xbf")) place_ = 3;
    }

    std::vector<ConfigEntry> read() {
        for (skip_blank_lines(); place_ < text_.size(); skip_blank_lines()) {
            if (text_[place_] == '[') {
                read_table();
            } else {
                read_entry();
            }
            end_of_line();
        }
        return std::move(entries_);
    }

private:
    [[noreturn]] void fail(const std::string& message) const {
        throw base::InputError(base::at_line(file_, line_), message);
    }
    [[nodiscard]] char peek() const { return place_ < text_.size() ? text_[place_] : '\n'; }
    void skip_spaces() {
        while (place_ < text_.size() && (peek() == ' ' || peek() == '\t' || peek() == '\r'))
            ++place_;
    }
    void skip_comment() {
        if (peek() != '#') return;
        while (place_ < text_.size() && peek() != '\n')
            ++place_;
    }
    void skip_blank_lines() {
        for (;;) {
            skip_spaces();
            skip_comment();
            if (place_ >= text_.size() || peek() != '\n') return;
            ++place_;
            ++line_;
        }
    }
    void end_of_line() {
        skip_spaces();
        skip_comment();
        if (place_ < text_.size() && peek() != '\n')
            fail(base::quoted(rest_of_line()) + " after a value; expected the end of the line");
    }
    [[nodiscard]] std::string rest_of_line() const {
        std::string rest = text_.substr(place_, text_.find('\n', place_) - place_);
        while (rest.ends_with('\r') || rest.ends_with(' '))
            rest.pop_back();
        return rest;
    }

    std::string read_word() {
        if (peek() == '"' || peek() == '\'') return read_string();
        const std::size_t begin = place_;
        while (std::isalnum(static_cast<unsigned char>(peek())) != 0 || peek() == '-' || peek() == '_')
            ++place_;
        if (place_ == begin) fail(base::quoted(rest_of_line()) + " is no key; expected KEY = VALUE or [TABLE]");
        return text_.substr(begin, place_ - begin);
    }

    void read_table() {
        ++place_;
        table_.clear();
        for (;;) {
            skip_spaces();
            table_ += (table_.empty() ? "" : " ") + read_word();
            skip_spaces();
            if (peek() != '.') break;
            ++place_;
        }
        if (peek() != ']') fail("a [TABLE] without its closing bracket");
        ++place_;
    }

    void read_entry() {
        ConfigEntry entry{table_, read_word(), "", line_, {}};
        skip_spaces();
        if (peek() != '=') fail(base::quoted(entry.key) + " has no value; expected KEY = VALUE");
        ++place_;
        skip_spaces();
        if (peek() == '[') {
            entry.elements = read_array();
            entry.value = base::join(entry.elements, ",");
        } else {
            entry.value = read_scalar();
        }
        const bool again = std::any_of(entries_.begin(), entries_.end(), [&](const ConfigEntry& other) {
            return other.table == entry.table && other.key == entry.key;
        });
        if (again) fail(entry.key + ": given twice; expected at most once");
        entries_.push_back(std::move(entry));
    }

    std::vector<std::string> read_array() {
        ++place_;
        std::vector<std::string> list;
        for (;;) {
            skip_blank_lines();
            if (peek() == ']') break;
            list.push_back(read_scalar());
            skip_blank_lines();
            if (peek() == ',') {
                ++place_;
            } else if (peek() != ']') {
                fail("an array without its closing bracket");
            }
        }
        ++place_;
        return list;
    }

    std::string read_scalar() {
        if (peek() == '"' || peek() == '\'') return read_string();
        const std::size_t begin = place_;
        while (place_ < text_.size() && std::string_view(" \t\r\n,]#").find(peek()) == std::string_view::npos)
            ++place_;
        const std::string word = text_.substr(begin, place_ - begin);
        const bool number = !word.empty() && std::string_view("+-.0123456789").find(word[0]) != std::string_view::npos;
        if (word != "true" && word != "false" && !number)
            fail(word.empty() ? "a key without a value; expected KEY = VALUE"
                              : base::quoted(word) + " is no value; expected a number, true, false or a \"text\"");
        std::string plain = word; // TOML writes 1_000 for 1000
        std::erase(plain, '_');
        return plain;
    }

    std::string read_string() {
        const char quote = peek();
        std::string value;
        for (++place_;; ++place_) {
            if (place_ >= text_.size() || peek() == '\n') fail("a text without its closing quote");
            const char c = peek();
            if (c == quote) break;
            if (c == '\\' && quote == '"') {
                ++place_;
                value += escaped(peek());
            } else {
                value += c;
            }
        }
        ++place_;
        return value;
    }
    [[nodiscard]] char escaped(char c) const {
        switch (c) {
        case '"':
        case '\\':
            return c;
        case 'n':
            return '\n';
        case 't':
            return '\t';
        default:
            fail("an escape other than \\\" \\\\ \\n \\t");
        }
    }

    const std::string& file_;
    std::string text_;
    std::size_t place_ = 0;
    std::size_t line_ = 1;
    std::string table_;
    std::vector<ConfigEntry> entries_;
};

} // namespace

std::vector<ConfigEntry> read_config(const std::string& file) {
    base::InputFile input(file);
    return ConfigReader(file, input.read_all(largest_file)).read();
}

} // namespace limsym::cli
