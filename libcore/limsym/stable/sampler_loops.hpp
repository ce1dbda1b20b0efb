// The loops of the sampler, one table an instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace limsym::stable {

/// What the maps of one law need: both are (s1/s2) q^power with q = s3/(E s2) and sines s of pi times numbers in
/// (0, 1/2], which are linear in w, the distance of U to the nearer end of (0, 1).
struct MapShape {
    double index = 1.0;
    double power = 0.0; ///< 1/index - 1
    // symmetric: s1 = sin pi fold(index (1/2 - w)), s2 = sin pi w, s3 = sin pi((1 - a)/2 + a w), a = |1 - index|
    // positive: s1 = sin pi fold(index U), s2 = sin pi w, s3 = sin pi fold((1 - index) U)
    double a = 0.0;
    double one_minus_a = 0.0;
};

/// Words of a stream from an even variate on: variates 2 block, 2 block + 1, ...
struct VariateWords {
    static constexpr std::size_t lot = 16; ///< variates are made in multiples of this

    std::uint64_t seed = 0;
    std::uint64_t purpose = 0;
    std::uint64_t index = 0;
    std::uint64_t block = 0;
};

/// A function for each VariateKind, in its order.
struct SamplerLoops {
    /// count is a multiple of VariateWords::lot
    using Map = void (*)(const MapShape& shape, const double* u, const double* e, double* out, std::size_t count);
    using Fill = void (*)(const MapShape& shape, const VariateWords& words, double* out, std::size_t count);
    Map map[4];
    Fill fill[4];
};

[[nodiscard]] SamplerLoops sampler_loops_generic();
[[nodiscard]] SamplerLoops sampler_loops_avx2();
[[nodiscard]] SamplerLoops sampler_loops_avx512();

} // namespace limsym::stable
