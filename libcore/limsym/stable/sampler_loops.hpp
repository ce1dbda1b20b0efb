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

struct SamplerLoops {
    using Map = void (*)(const MapShape& shape, const double* u, const double* e, double* out, std::size_t count);
    Map symmetric;
    Map log_symmetric;
    Map positive;
    Map log_positive;
    /// u[i], e[i] of the word pairs (words[2i], words[2i+1])
    void (*pairs)(const std::uint64_t* words, double* u, double* e, std::size_t count);
};

[[nodiscard]] SamplerLoops sampler_loops_generic();
[[nodiscard]] SamplerLoops sampler_loops_avx2();
[[nodiscard]] SamplerLoops sampler_loops_avx512();

} // namespace limsym::stable
