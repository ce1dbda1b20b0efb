// The bytes of a text in a window that moves forward: what every reader of text stands on.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "limsym/base/input.hpp"

namespace limsym::data {

/// A window of at least 1 MiB (or all that is left) over a file, or over a text in memory. A UTF-8 byte order mark at
/// the start is skipped. Pointers into the window are valid until refill().
class TextBuffer {
public:
    /// A file; gzip data is unpacked.
    explicit TextBuffer(base::InputFile file);
    /// A text that outlives the buffer. @param name for messages
    TextBuffer(std::string_view text, std::string name);

    [[nodiscard]] const std::string& name() const { return name_; }
    /// The first byte that was not consumed, and the end of the window.
    [[nodiscard]] const char* at() const { return at_; }
    [[nodiscard]] const char* end() const { return end_; }
    /// Everything before `to` is consumed.
    void consume(const char* to) { at_ = to; }
    /// Makes the window longer, keeping what was not consumed. False when the input has ended.
    [[nodiscard]] bool refill();
    /// True when nothing is left.
    [[nodiscard]] bool ended() { return at_ == end_ && !refill(); }
    /// How many bytes were consumed.
    [[nodiscard]] std::size_t offset() const { return before_ + static_cast<std::size_t>(at_ - begin_); }

private:
    void skip_byte_order_mark();

    std::string name_;
    std::optional<base::InputFile> file_;
    std::vector<char> storage_;
    const char* begin_ = nullptr;
    const char* at_ = nullptr;
    const char* end_ = nullptr;
    std::size_t before_ = 0; // bytes that have left the window
};

/// The lines of a text, without their LF or CRLF.
class LineReader {
public:
    explicit LineReader(base::InputFile file) : buffer_(std::move(file)) {}
    /// @param line valid until the next call. False at the end. @throws InputError on a line above 64 MiB
    [[nodiscard]] bool next(std::string_view& line);
    /// True when the window holds another whole line, so that next() need not wait for input.
    [[nodiscard]] bool ready() const;
    /// Number of the line that next() gave, from 1.
    [[nodiscard]] std::size_t line() const { return line_; }

private:
    TextBuffer buffer_;
    std::size_t line_ = 0;
};

/// The longest line accepted, in bytes.
inline constexpr std::size_t longest_line = std::size_t{64} << 20U;

} // namespace limsym::data
