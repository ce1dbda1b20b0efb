#include "limsym/data/utf8.hpp"

namespace limsym::data {

namespace {

/// Bytes of the well-formed sequence at `p`, 0 when there is none.
std::ptrdiff_t well_formed(const char* p, const char* end) {
    const auto byte = [&](std::ptrdiff_t i) { return static_cast<unsigned char>(p[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return 1;
    const std::ptrdiff_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || end - p < size) return 0;
    // The second byte excludes overlong forms, surrogates and what lies beyond U+10FFFF.
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < low || byte(1) > high) return 0;
    for (std::ptrdiff_t i = 2; i < size; ++i)
        if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
    return size;
}

} // namespace

bool is_utf8(std::string_view text) {
    const char* p = text.data();
    const char* const end = p + text.size();
    while (p != end) {
        const std::ptrdiff_t size = well_formed(p, end);
        if (size == 0) return false;
        p += size;
    }
    return true;
}

std::string valid_utf8(std::string_view text) {
    std::string valid;
    const char* p = text.data();
    const char* const end = p + text.size();
    while (p != end) {
        const std::ptrdiff_t size = well_formed(p, end);
        if (size == 0) {
            append_utf8(valid, 0xfffd);
            ++p;
        } else {
            valid.append(p, p + size);
            p += size;
        }
    }
    return valid;
}

std::ptrdiff_t sequence_length(const char* p, const char* end) {
    const std::ptrdiff_t size = well_formed(p, end);
    return size == 0 ? 1 : size;
}

void append_utf8(std::string& text, unsigned code) {
    const auto put = [&](unsigned byte) { text += static_cast<char>(byte); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xc0 | (code >> 6U));
        put(0x80 | (code & 0x3fU));
    } else if (code < 0x10000) {
        put(0xe0 | (code >> 12U));
        put(0x80 | ((code >> 6U) & 0x3fU));
        put(0x80 | (code & 0x3fU));
    } else {
        put(0xf0 | (code >> 18U));
        put(0x80 | ((code >> 12U) & 0x3fU));
        put(0x80 | ((code >> 6U) & 0x3fU));
        put(0x80 | (code & 0x3fU));
    }
}

} // namespace limsym::data
