// Variates of stable laws of unit scale, from keyed Philox streams or at given points.
//
// Chambers, Mallows and Stuck (J. Am. Stat. Assoc. 71, 1976) for S_alpha(1), 0 < alpha <= 2, with V = pi(U - 1/2):
//   X = sin(alpha V) / cos(V)^(1/alpha) (cos((1 - alpha) V) / E)^((1 - alpha)/alpha)
// Kanter (Ann. Prob. 3, 1975) for the positive law with E exp(-s A) = exp(-s^gamma), 0 < gamma < 1, with T = pi U:
//   A = sin(gamma T) / sin(T)^(1/gamma) (sin((1 - gamma) T) / E)^((1 - gamma)/gamma)
// Near the ends of U every factor is formed from the distance of U to its end, so that the tails lose no digits.
// The bits of a variate do not depend on its place in an array or on the array's length.
#pragma once

#include <cstddef>
#include <cstdint>

#include "limsym/base/random_words.hpp"

namespace limsym::stable {

enum class VariateKind {
    symmetric,     ///< X of S_alpha(1)
    log_symmetric, ///< log |X|
    positive,      ///< A
    log_positive,  ///< log A
};

/// out[i] = the map at (u[i], e[i]), 0 < u < 1, e > 0; out may be u or e. Beyond double: +-infinity.
/// @param index alpha, or gamma of the positive law
void map_variates(VariateKind kind, double index, const double* u, const double* e, double* out, std::size_t count);

/// out[i] = variate first + i of a stream: variate j is made of words 2j and 2j+1 of RandomStream(key), U = ((word >>
/// 11)
/// + 1/2) 2^-53 (at most 1 - 2^-53) of the first and E = -log of the same of the second.
void fill_variates(VariateKind kind, double index, const base::StreamKey& key, std::uint64_t first, double* out,
                   std::size_t count);

} // namespace limsym::stable
