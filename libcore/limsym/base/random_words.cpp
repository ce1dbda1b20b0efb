#include "limsym/base/random_words.hpp"

#include <Random123/philox.h>

namespace limsym::base {

void fill_words(const StreamKey& key, std::uint64_t first, std::uint64_t* out, std::size_t count) {
    using Generator = r123::Philox4x64;
    constexpr std::size_t width = 4;
    const Generator::key_type k = {{key.seed, key.purpose}};
    const auto block_of = [&](std::uint64_t block) {
        const Generator::ctr_type counter = {{block, key.index, 0, 0}};
        return Generator()(counter, k);
    };
    std::uint64_t block = first / width;
    std::size_t done = 0;
    if (const std::size_t skip = first % width; skip > 0) {
        const Generator::ctr_type words = block_of(block++);
        for (std::size_t j = skip; j < width && done < count; ++j)
            out[done++] = words[j];
    }
    // Blocks do not depend on one another: several are in flight at a time.
    for (; done + width <= count; done += width) {
        const Generator::ctr_type words = block_of(block++);
        for (std::size_t j = 0; j < width; ++j)
            out[done + j] = words[j];
    }
    if (done < count) {
        const Generator::ctr_type words = block_of(block);
        for (std::size_t j = 0; done < count; ++j)
            out[done++] = words[j];
    }
}

} // namespace limsym::base
