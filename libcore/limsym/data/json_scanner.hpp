// The tokens of JSON (RFC 8259) pulled from a TextBuffer; arrays of numbers go straight into a vector.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "limsym/data/text_buffer.hpp"

namespace limsym::data {

/// Reads one token after another; the caller knows the grammar. Every failure is an InputError
/// "FILE:LINE: broken JSON at column N: unexpected X; expected Y" (columns count bytes from 1).
class JsonScanner {
public:
    /// Arrays and objects inside one another, at most.
    static constexpr std::size_t deepest = 64;
    using Number = std::variant<double, std::int64_t, std::uint64_t>;

    explicit JsonScanner(TextBuffer& buffer, std::size_t first_line = 1);

    /// The first byte of the next token, '\0' at the end of the input.
    [[nodiscard]] char peek();
    /// True at the end of the input.
    [[nodiscard]] bool ended() { return peek() == '\0' && buffer_->ended(); }
    /// Line of the next token; peek() was called.
    [[nodiscard]] std::size_t line() const { return line_; }

    /// '{' or '['; counts levels.
    void open(char bracket);
    /// After open() or a value: the end of the container (consumed, true) or another item (false). `first` is true
    /// right after open().
    [[nodiscard]] bool closes(char bracket, bool first);
    /// A key and its colon.
    [[nodiscard]] std::string key();
    [[nodiscard]] std::string string();
    /// Whole numbers that fit are integers.
    [[nodiscard]] Number number();
    [[nodiscard]] double real();
    /// true, false or null: 't', 'f', 'n'.
    [[nodiscard]] char literal();
    /// After open('['): appends the numbers of the array and consumes its end (true), or stops in front of the first
    /// item that is none (false).
    [[nodiscard]] bool numbers(std::vector<double>& out);
    /// Any value, forgotten.
    void skip();
    /// Nothing but blanks may be left.
    void expect_end();

    /// "FILE:LINE"
    [[nodiscard]] std::string place() const;
    [[nodiscard]] const std::string& file() const { return buffer_->name(); }
    /// Broken JSON at the next byte.
    [[noreturn]] void fail(std::string_view expected);
    /// Something else at the next byte.
    [[noreturn]] void refuse(std::string_view message) const;

private:
    double real_at_window_end();
    void append_escape(std::string& text);
    unsigned hexadecimal();

    TextBuffer* buffer_;
    std::size_t line_;
    std::size_t line_start_; // offset of the first byte of the line
    std::size_t depth_ = 0;
};

} // namespace limsym::data
