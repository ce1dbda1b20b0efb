#include "limsym/base/hash.hpp"

#include <array>
#include <sha256.h>
#include <zlib.h>

namespace limsym::base {

struct Sha256::State {
    SHA256_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    SHA256Init(&state_->context);
}
Sha256::~Sha256() = default;

void Sha256::update(std::string_view bytes) {
    update(bytes.data(), bytes.size());
}

void Sha256::update(const void* bytes, std::size_t size) {
    SHA256Update(&state_->context, static_cast<const std::uint8_t*>(bytes), size);
}

std::string Sha256::hex() {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256Final(digest.data(), &state_->context);
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    text.reserve(2 * digest.size());
    for (const std::uint8_t byte : digest) {
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
    }
    return text;
}

std::string sha256_hex(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.hex();
}

std::uint32_t crc32(const void* bytes, std::size_t size, std::uint32_t before) {
    return static_cast<std::uint32_t>(::crc32_z(before, static_cast<const Bytef*>(bytes), size));
}

} // namespace limsym::base
