// Symmetric alpha-stable laws S_alpha(sigma), moved to a location: E exp(it(X - loc)) = exp(-|sigma t|^alpha).
//
// S_2(sigma) is N(0, 2 sigma^2), S_1(sigma) is Cauchy(sigma), sigma = 0 is the point mass. There is no skewness.
// Samorodnitsky and Taqqu, Stable Non-Gaussian Random Processes, 1994, chapter 1.
#pragma once

#include <complex>

namespace limsym::stable {

/// The smallest index that is supported: below, quantities live on the scale of log |x| alone.
inline constexpr double smallest_alpha = 0.02;
/// The value of "convention" in every document that holds a law.
inline constexpr const char* convention = "exp(-|sigma t|^alpha)";

struct Law {
    double alpha = 2.0; ///< index, smallest_alpha <= alpha <= 2
    double sigma = 1.0; ///< scale >= 0
    double loc = 0.0;   ///< location: the median
};

/// E exp(itX).
[[nodiscard]] std::complex<double> characteristic_function(const Law& law, double t);

/// E |X - loc|^p for p > -1: +infinity for p >= alpha < 2. At sigma = 0: 0 for p > 0, 1 for p = 0, +infinity for p < 0.
[[nodiscard]] double absolute_moment(const Law& law, double p);

/// log E |X|^p of S_alpha(1) for -1 < p < alpha (any p > -1 at alpha = 2), without overflow.
[[nodiscard]] double log_absolute_moment(double alpha, double p);

/// C_alpha, the integral of u^-alpha sin u over u > 0: Gamma(1-alpha) cos(pi alpha/2) in a form without a pole at 1.
/// +infinity at alpha = 2. A sum of n i.i.d. symmetric W with P(|W| > t) ~ t^-alpha has the norming constant
/// (n C_alpha)^(1/alpha).
[[nodiscard]] double norming_constant(double alpha);

/// k_alpha = 1/C_alpha, the limit of t^alpha P(|X| > t) for X of S_alpha(1); 0 at alpha = 2.
[[nodiscard]] double tail_constant(double alpha);

} // namespace limsym::stable
