#include "limsym/data/json_scanner.hpp"

#include <charconv>
#include <cstring>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/utf8.hpp"

namespace limsym::data {

namespace {

constexpr std::size_t longest_number_text = std::size_t{1} << 16U;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool may_be_in_number(char c) {
    return is_digit(c) || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

bool may_be_in_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '+' ||
           c == '.';
}

/// JSON is stricter than from_chars: a digit must come first, no further one after a leading 0, one after the point.
/// @return the place where the number must go on as from_chars reads it, nullptr when it breaks a rule before
const char* check_number_start(const char* p, const char* end) {
    if (p != end && *p == '-') ++p;
    if (p == end || !is_digit(*p)) return nullptr;
    if (*p == '0') {
        ++p;
        if (p != end && is_digit(*p)) return nullptr;
    } else {
        while (p != end && is_digit(*p))
            ++p;
    }
    if (p != end && *p == '.' && (p + 1 == end || !is_digit(p[1]))) return nullptr;
    return p;
}

} // namespace

JsonScanner::JsonScanner(TextBuffer& buffer, std::size_t first_line)
    : buffer_(&buffer), line_(first_line), line_start_(buffer.offset()) {}

char JsonScanner::peek() {
    for (;;) {
        const char* p = buffer_->at();
        const char* const end = buffer_->end();
        for (; p != end; ++p) {
            if (*p == '\n') {
                ++line_;
                buffer_->consume(p + 1);
                line_start_ = buffer_->offset();
            } else if (*p != ' ' && *p != '\t' && *p != '\r') {
                buffer_->consume(p);
                return *p;
            }
        }
        buffer_->consume(p);
        if (!buffer_->refill()) return '\0';
    }
}

std::string JsonScanner::place() const {
    return base::at_line(buffer_->name(), line_);
}

void JsonScanner::refuse(std::string_view message) const {
    throw base::InputError(place(), message);
}

void JsonScanner::fail(std::string_view expected) {
    while (buffer_->end() - buffer_->at() < 64 && buffer_->refill()) {
    }
    std::string found = "end";
    if (const char* p = buffer_->at(); p != buffer_->end()) {
        const char* stop = p;
        while (stop != buffer_->end() && stop - p < 40 && may_be_in_word(*stop))
            ++stop;
        if (stop == p) stop += sequence_length(p, buffer_->end());
        const std::string_view word(p, static_cast<std::size_t>(stop - p));
        found = base::quoted(word);
        if (base::spells_non_finite(word)) expected = "a finite number";
    }
    const std::size_t column = buffer_->offset() - line_start_ + 1;
    refuse("broken JSON at column " + std::to_string(column) + ": unexpected " + found + "; expected " +
           std::string(expected));
}

void JsonScanner::open(char bracket) {
    if (peek() != bracket) fail(bracket == '{' ? "an object" : "an array");
    if (++depth_ > deepest) refuse("more than 64 levels of arrays and objects");
    buffer_->consume(buffer_->at() + 1);
}

bool JsonScanner::closes(char bracket, bool first) {
    const char c = peek();
    if (c == bracket) {
        --depth_;
        buffer_->consume(buffer_->at() + 1);
        return true;
    }
    if (first) return false;
    if (c != ',') fail(bracket == '}' ? "',' or '}'" : "',' or ']'");
    buffer_->consume(buffer_->at() + 1);
    return false;
}

std::string JsonScanner::key() {
    if (peek() != '"') fail("a key");
    std::string name = string();
    if (peek() != ':') fail("':'");
    buffer_->consume(buffer_->at() + 1);
    return name;
}

std::string JsonScanner::string() {
    if (peek() != '"') fail("a string");
    buffer_->consume(buffer_->at() + 1);
    std::string text;
    for (;;) {
        const char* const start = buffer_->at();
        const char* const end = buffer_->end();
        const char* p = start;
        while (p != end && *p != '"' && *p != '\\' && static_cast<unsigned char>(*p) >= 0x20)
            ++p;
        text.append(start, p);
        buffer_->consume(p);
        if (p == end) {
            if (buffer_->refill()) continue;
            fail("the end of a string");
        }
        if (*p == '"') {
            buffer_->consume(p + 1);
            if (!is_utf8(text)) refuse("a string is not UTF-8");
            return text;
        }
        if (*p != '\\') fail("an escape in place of a control character");
        buffer_->consume(p + 1);
        append_escape(text);
    }
}

unsigned JsonScanner::hexadecimal() {
    unsigned value = 0;
    for (int i = 0; i < 4; ++i) {
        if (buffer_->ended()) fail("four hexadecimal digits");
        const char c = *buffer_->at();
        unsigned digit = 0;
        if (std::from_chars(&c, &c + 1, digit, 16).ec != std::errc{}) fail("four hexadecimal digits");
        value = 16 * value + digit;
        buffer_->consume(buffer_->at() + 1);
    }
    return value;
}

void JsonScanner::append_escape(std::string& text) {
    if (buffer_->ended()) fail("an escape");
    constexpr std::string_view letters = "\"\\/bfnrtu";
    constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
    const std::size_t which = letters.find(*buffer_->at());
    if (which == std::string_view::npos) fail("an escape: one of \" \\ / b f n r t u");
    buffer_->consume(buffer_->at() + 1);
    if (which < meanings.size()) {
        text += meanings[which];
        return;
    }
    unsigned code = hexadecimal();
    if (code >= 0xdc00 && code < 0xe000) refuse("a \\u escape is half of a pair");
    if (code >= 0xd800 && code < 0xdc00) {
        for (const char wanted : {'\\', 'u'}) {
            if (buffer_->ended() || *buffer_->at() != wanted) fail("the second half of a \\u pair");
            buffer_->consume(buffer_->at() + 1);
        }
        const unsigned low = hexadecimal();
        if (low < 0xdc00 || low >= 0xe000) refuse("a \\u escape is half of a pair");
        code = 0x10000 + ((code - 0xd800) << 10U) + (low - 0xdc00);
    }
    append_utf8(text, code);
}

double JsonScanner::real() {
    const char c = peek();
    if (c != '-' && !is_digit(c)) fail("a number");
    if (buffer_->end() - buffer_->at() < 512) static_cast<void>(buffer_->refill());
    const char* const begin = buffer_->at();
    const char* const end = buffer_->end();
    double value = 0.0;
    if (check_number_start(begin, end) == nullptr) return real_at_window_end();
    const auto [stop, status] = std::from_chars(begin, end, value);
    if (status != std::errc{} || stop == end || may_be_in_number(*stop)) return real_at_window_end();
    buffer_->consume(stop);
    return value;
}

/// A number that is out of range, broken, or reaches the end of the window.
double JsonScanner::real_at_window_end() {
    std::size_t size = 0;
    for (;;) {
        const char* p = buffer_->at() + size;
        while (p != buffer_->end() && may_be_in_number(*p))
            ++p;
        size = static_cast<std::size_t>(p - buffer_->at());
        if (size > longest_number_text) refuse("a number of more than 65536 digits");
        if (p != buffer_->end() || !buffer_->refill()) break;
    }
    const char* const begin = buffer_->at();
    const std::string_view token(begin, size);
    const bool begins_well = check_number_start(begin, begin + size) != nullptr;
    const std::optional<double> value = begins_well ? base::parse_number(token) : std::nullopt;
    if (!value) {
        double ignored = 0.0;
        const auto [stop, status] = std::from_chars(begin, begin + size, ignored);
        if (begins_well && stop == begin + size && status == std::errc::result_out_of_range)
            refuse(base::quoted(token) + " is beyond the range of numbers; expected a finite number");
        fail("a number");
    }
    buffer_->consume(begin + size);
    return *value;
}

JsonScanner::Number JsonScanner::number() {
    const char c = peek();
    if (c != '-' && !is_digit(c)) fail("a number");
    if (buffer_->end() - buffer_->at() < 512) static_cast<void>(buffer_->refill());
    const char* const begin = buffer_->at();
    const char* const end = buffer_->end();
    const char* const whole = check_number_start(begin, end);
    const bool more_may_follow = whole == end ? end - begin >= 512 : whole == nullptr || may_be_in_number(*whole);
    if (more_may_follow || std::string_view(begin, whole) == "-0") return real();
    std::int64_t integer = 0;
    std::uint64_t natural = 0;
    if (std::from_chars(begin, whole, integer).ec == std::errc{}) {
        buffer_->consume(whole);
        return integer;
    }
    if (std::from_chars(begin, whole, natural).ec == std::errc{}) {
        buffer_->consume(whole);
        return natural;
    }
    return real();
}

char JsonScanner::literal() {
    const char c = peek();
    const std::string_view word = c == 't' ? "true" : c == 'f' ? "false" : "null";
    while (buffer_->end() - buffer_->at() < 8 && buffer_->refill()) {
    }
    const std::string_view rest(buffer_->at(), static_cast<std::size_t>(buffer_->end() - buffer_->at()));
    if (!rest.starts_with(word) || (rest.size() > word.size() && may_be_in_word(rest[word.size()]))) fail("a value");
    buffer_->consume(buffer_->at() + word.size());
    return c;
}

bool JsonScanner::numbers(std::vector<double>& out) {
    if (closes(']', true)) return true;
    for (;;) {
        const char c = peek();
        if (c != '-' && !is_digit(c)) {
            if (c == '"' || c == '[' || c == '{' || c == 't' || c == 'f' || c == 'n') return false;
            fail("a number");
        }
        out.push_back(real());
        if (closes(']', false)) return true;
    }
}

void JsonScanner::skip() {
    switch (peek()) {
    case '{':
        open('{');
        for (bool first = true; !closes('}', first); first = false) {
            static_cast<void>(key());
            skip();
        }
        return;
    case '[':
        open('[');
        for (bool first = true; !closes(']', first); first = false)
            skip();
        return;
    case '"':
        static_cast<void>(string());
        return;
    case 't':
    case 'f':
    case 'n':
        static_cast<void>(literal());
        return;
    default:
        if (peek() != '-' && !is_digit(peek())) fail("a value");
        static_cast<void>(real());
    }
}

void JsonScanner::expect_end() {
    if (!ended()) fail("the end of the document");
}

} // namespace limsym::data
