// Which part of a sweep one process does.
#pragma once

#include <cstddef>
#include <string_view>

namespace limsym::base {

/// How items are dealt to shards.
enum class Partition {
    modulo, ///< item i belongs to shard i mod count
    blocks, ///< shard k has the items floor(k T / count) ... floor((k+1) T / count) - 1
};

/// Part `index` of `count` (0 <= index < count).
struct Shard {
    std::size_t index = 0;
    std::size_t count = 1;

    /// "I/N" of --shard. @throws InputError naming `option` on another form or I outside 0..N-1
    [[nodiscard]] static Shard parse(std::string_view text, std::string_view option = "--shard");
    /// @param item 0-based, of `total`
    [[nodiscard]] bool owns(std::size_t item, std::size_t total, Partition rule) const;
    /// How many of `total` items are this shard's.
    [[nodiscard]] std::size_t size(std::size_t total, Partition rule) const;
    /// The k-th of this shard's items, in ascending order.
    [[nodiscard]] std::size_t item(std::size_t k, std::size_t total, Partition rule) const;
};

} // namespace limsym::base
