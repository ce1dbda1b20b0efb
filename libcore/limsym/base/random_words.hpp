// Many words of a random stream at once, from any place of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace limsym::base {

/// The name of a RandomStream.
struct StreamKey {
    std::uint64_t seed = 0;
    std::uint64_t purpose = 0; ///< purpose_hash of a fixed name
    std::uint64_t index = 0;
};

/// out[i] is word first + i of RandomStream(seed, purpose, index).
void fill_words(const StreamKey& key, std::uint64_t first, std::uint64_t* out, std::size_t count);

} // namespace limsym::base
