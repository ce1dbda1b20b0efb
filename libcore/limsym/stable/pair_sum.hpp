// The sum over all pairs of a sample that the distance of characteristic functions needs.
#pragma once

#include <armadillo>

namespace limsym::stable {

/// sum over i < j of 1/(1 + (z_i - z_j)^2), finite z in any order.
///
/// Exact for small samples; else a tree of cells of sorted values, where cells that lie apart meet through Chebyshev
/// interpolation of the kernel in both arguments (W. Fong and E. Darve, J. Comput. Phys. 228, 2009): relative error
/// about 1e-13 in order n log n. The same bits for any number of threads.
[[nodiscard]] double cauchy_pair_sum(const arma::vec& z);

/// The same by all pairs.
[[nodiscard]] double cauchy_pair_sum_exact(const arma::vec& z);

} // namespace limsym::stable
