// Random variates from counter-based streams.
#pragma once

#include <cstddef>

#include "limsym/base/random.hpp"

namespace limsym::numerics {

/// Standard normals by Box-Muller through vmath, two words a pair: draw k of a stream does not depend on `count`
/// (an odd last draw uses up its pair). |z| <= 8.66 because the smallest uniform is 2^-54.
void fill_normal(base::RandomStream& stream, double* out, std::size_t count);
[[nodiscard]] double normal(base::RandomStream& stream);
[[nodiscard]] double exponential(base::RandomStream& stream);
/// Gamma with unit rate; shape > 0 (Marsaglia and Tsang 2000, boosted below 1). In log form for small shapes.
[[nodiscard]] double gamma(base::RandomStream& stream, double shape);
[[nodiscard]] double log_gamma_variate(base::RandomStream& stream, double shape);
/// The logs of `count` gamma variates with unit rate, vectorised; shape > 0. The draws are those of this call: another
/// count gives others.
void fill_log_gamma(base::RandomStream& stream, double shape, double* out, std::size_t count);
/// A permutation of 0..n-1 (Fisher-Yates).
void fill_permutation(base::RandomStream& stream, std::size_t* out, std::size_t n);

} // namespace limsym::numerics
