// Counter-based random bits: Philox4x64-10 (Salmon, Moraes, Dror, Shaw, SC 2011), as in Random123 and NumPy.
//
// A stream is named by (seed, purpose, index): key = (seed, hash of the purpose), counter = (block, index, 0, 0).
// The n-th draw of a stream is the same on any thread, shard or batch. The mapping is part of the contract of a
// major version.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace limsym::base {

/// The block that Philox4x64-10 makes of a counter and a key; equals
/// numpy.random.Philox(key=key, counter=counter-1).random_raw(4).
[[nodiscard]] std::array<std::uint64_t, 4> philox(const std::array<std::uint64_t, 4>& counter,
                                                  const std::array<std::uint64_t, 2>& key);

/// FNV-1a, 64 bit: the second key word of a stream.
[[nodiscard]] constexpr std::uint64_t purpose_hash(std::string_view purpose) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : purpose) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3U;
    }
    return hash;
}

/// An endless sequence of random words. Copies continue from the same place independently.
class RandomStream {
public:
    /// @param seed the user's --seed @param purpose a fixed name ("sample", "folds") @param index of the entity
    RandomStream(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0)
        : key_{seed, purpose_hash(purpose)}, counter_{0, index, 0, 0} {}

    /// A word uniform on [0, 2^64).
    std::uint64_t next() {
        if (used_ == block_.size()) refill();
        return block_[used_++];
    }
    /// Uniform on (0, 1): (top 53 bits + 1/2) / 2^53, never 0 or 1 (the sum of the largest word would round to 1).
    double uniform() { return uniform_of(next()); }
    /// The next `count` values of uniform(), faster than one by one.
    void fill_uniform(double* out, std::size_t count);
    /// Uniform on {0, ..., bound-1}, without bias; bound >= 1.
    std::uint64_t below(std::uint64_t bound);

private:
    [[nodiscard]] static double uniform_of(std::uint64_t word) {
        return std::min((static_cast<double>(word >> 11U) + 0.5) * 0x1p-53, 1.0 - 0x1p-53);
    }
    void refill();

    std::array<std::uint64_t, 2> key_;
    std::array<std::uint64_t, 4> counter_;
    std::array<std::uint64_t, 4> block_{};
    std::size_t used_ = 4;
};

} // namespace limsym::base
