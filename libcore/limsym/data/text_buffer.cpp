#include "limsym/data/text_buffer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "limsym/base/error.hpp"

namespace limsym::data {

namespace {

constexpr std::uint64_t least_window = 1024;
constexpr std::uint64_t window = std::uint64_t{1} << 20U;

} // namespace

TextBuffer::TextBuffer(base::InputFile file) : name_(file.name()), file_(std::move(file)) {
    storage_.resize(std::clamp(file_->plain_size().value_or(window) + 1, least_window, window));
    begin_ = at_ = end_ = storage_.data();
    static_cast<void>(refill());
    skip_byte_order_mark();
}

TextBuffer::TextBuffer(std::string_view text, std::string name)
    : name_(std::move(name)), begin_(text.data()), at_(begin_), end_(begin_ + text.size()) {
    skip_byte_order_mark();
}

void TextBuffer::skip_byte_order_mark() {
    while (end_ - at_ < 3 && refill()) {
    }
    if (std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with("\xef\xbb\xbf")) at_ += 3;
}

bool TextBuffer::refill() {
    if (!file_) return false;
    const auto consumed = static_cast<std::size_t>(at_ - begin_);
    const auto kept = static_cast<std::size_t>(end_ - at_);
    if (kept > storage_.size() / 2) {
        std::vector<char> larger(2 * storage_.size());
        std::memcpy(larger.data(), at_, kept);
        storage_.swap(larger);
    } else if (kept > 0) {
        std::memmove(storage_.data(), at_, kept);
    }
    before_ += consumed;
    begin_ = at_ = storage_.data();
    const std::size_t got = file_->read(storage_.data() + kept, storage_.size() - kept);
    end_ = begin_ + kept + got;
    return got > 0;
}

bool LineReader::ready() const {
    const auto size = static_cast<std::size_t>(buffer_.end() - buffer_.at());
    return size > 0 && std::memchr(buffer_.at(), '\n', size) != nullptr;
}

bool LineReader::next(std::string_view& line) {
    std::size_t searched = 0;
    for (;;) {
        const auto size = static_cast<std::size_t>(buffer_.end() - buffer_.at());
        const char* from = buffer_.at() + searched;
        const auto* feed = static_cast<const char*>(std::memchr(from, '\n', size - searched));
        searched = size;
        if (feed == nullptr) {
            if (size > longest_line)
                throw base::InputError(base::at_line(buffer_.name(), line_ + 1), "the line is longer than 64 MiB");
            if (buffer_.refill()) continue;
            if (size == 0) return false;
        }
        const char* stop = feed != nullptr ? feed : buffer_.end();
        line = {buffer_.at(), static_cast<std::size_t>(stop - buffer_.at())};
        buffer_.consume(feed != nullptr ? feed + 1 : stop);
        if (line.ends_with('\r')) line.remove_suffix(1);
        ++line_;
        return true;
    }
}

} // namespace limsym::data
