#include "limsym/base/random.hpp"

#include <Random123/philox.h>

namespace limsym::base {

std::array<std::uint64_t, 4> philox(const std::array<std::uint64_t, 4>& counter,
                                    const std::array<std::uint64_t, 2>& key) {
    using Generator = r123::Philox4x64;
    const Generator::ctr_type c = {{counter[0], counter[1], counter[2], counter[3]}};
    const Generator::key_type k = {{key[0], key[1]}};
    const Generator::ctr_type out = Generator()(c, k);
    return {out[0], out[1], out[2], out[3]};
}

void RandomStream::refill() {
    block_ = philox(counter_, key_);
    ++counter_[0];
    used_ = 0;
}

void RandomStream::fill_uniform(double* out, std::size_t count) {
    using Generator = r123::Philox4x64;
    constexpr std::size_t words = 4;
    std::size_t i = 0;
    for (; i < count && used_ < words; ++i)
        out[i] = uniform();
    const Generator::key_type key = {{key_[0], key_[1]}};
    for (; i + words <= count; i += words, ++counter_[0]) {
        const Generator::ctr_type counter = {{counter_[0], counter_[1], counter_[2], counter_[3]}};
        const Generator::ctr_type block = Generator()(counter, key);
        for (std::size_t k = 0; k < words; ++k)
            out[i + k] = uniform_of(block.v[k]);
    }
    for (; i < count; ++i)
        out[i] = uniform();
}

std::uint64_t RandomStream::below(std::uint64_t bound) {
    // Words below 2^64 mod bound would favour small remainders.
    const std::uint64_t uneven = (0 - bound) % bound;
    for (;;) {
        const std::uint64_t word = next();
        if (word >= uneven) return word % bound;
    }
}

} // namespace limsym::base
