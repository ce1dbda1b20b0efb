// A matrix as a sum of Kronecker products (Van Loan, Pitsianis, Approximation with Kronecker products, 1993).
#pragma once

#include <armadillo>
#include <vector>

namespace limsym::satnet {

/// C ~ sum over s of left[s] (x) right[s], the terms by decreasing weight; left factors are orthogonal to each other
/// in the Frobenius product, and so are right ones; |left[s]| = |right[s]|.
struct KroneckerSum {
    std::vector<arma::mat> left;  ///< m x m
    std::vector<arma::mat> right; ///< (n/m) x (n/m)
};

/// The terms whose weight is above `share` of the largest; nothing when there are more than `most`.
/// @param matrix symmetric, not 0 @param m a divisor of its order
[[nodiscard]] KroneckerSum kronecker_sum(const arma::mat& matrix, std::size_t m, double share, std::size_t most);

} // namespace limsym::satnet
