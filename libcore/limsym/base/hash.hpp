// Digests that bind checkpoints, shards and stores to what they belong to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace limsym::base {

/// SHA-256 (FIPS 180-4) of bytes that arrive in pieces.
class Sha256 {
public:
    Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;
    ~Sha256();
    void update(std::string_view bytes);
    void update(const void* bytes, std::size_t size);
    /// 64 lower-case hexadecimal digits; the object is spent afterwards.
    [[nodiscard]] std::string hex();

private:
    struct State;
    std::unique_ptr<State> state_;
};

[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// CRC-32 of zlib and PNG; `before` continues an earlier call.
[[nodiscard]] std::uint32_t crc32(const void* bytes, std::size_t size, std::uint32_t before = 0);

} // namespace limsym::base
