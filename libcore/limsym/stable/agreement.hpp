// How far a sample is from a stable law.
#pragma once

#include <armadillo>

#include "limsym/stable/law.hpp"

namespace limsym::stable {

/// Kolmogorov and Smirnov's D_n, the largest distance of the distribution functions.
[[nodiscard]] double kolmogorov_smirnov(const Law& law, const arma::vec& values);

/// Anderson and Darling's A^2, with tails that keep their digits.
[[nodiscard]] double anderson_darling(const Law& law, const arma::vec& values);

/// n int |phi_n(t) - e^-|sigma t|^alpha||^2 e^-|sigma t| sigma dt over the real line, phi_n of the values minus loc.
/// Order n log n; relative to n about 1e-13 (pair_sum.hpp).
[[nodiscard]] double characteristic_distance(const Law& law, const arma::vec& values);

} // namespace limsym::stable
