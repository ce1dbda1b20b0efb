#include "limsym/base/shard.hpp"

#include <string>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::base {

namespace {

std::size_t block_begin(std::size_t k, std::size_t total, std::size_t count) {
    return static_cast<std::size_t>(static_cast<__uint128_t>(k) * total / count);
}

} // namespace

Shard Shard::parse(std::string_view text, std::string_view option) {
    const std::size_t slash = text.find('/');
    const auto index = parse_integer(text.substr(0, slash));
    const auto count = slash == std::string_view::npos ? std::nullopt : parse_integer(text.substr(slash + 1));
    if (!index || !count) throw InputError(option, quoted(text) + " is not a shard; expected I/N, such as 0/4");
    if (*count < 1 || *index < 0 || *index >= *count)
        throw InputError(option, quoted(text) + " is out of range; expected I/N with 0 <= I < N");
    return {static_cast<std::size_t>(*index), static_cast<std::size_t>(*count)};
}

bool Shard::owns(std::size_t item, std::size_t total, Partition rule) const {
    if (rule == Partition::modulo) return item % count == index;
    return item >= block_begin(index, total, count) && item < block_begin(index + 1, total, count);
}

std::size_t Shard::size(std::size_t total, Partition rule) const {
    if (rule == Partition::modulo) return total / count + (index < total % count ? 1 : 0);
    return block_begin(index + 1, total, count) - block_begin(index, total, count);
}

std::size_t Shard::item(std::size_t k, std::size_t total, Partition rule) const {
    return rule == Partition::modulo ? index + k * count : block_begin(index, total, count) + k;
}

} // namespace limsym::base
