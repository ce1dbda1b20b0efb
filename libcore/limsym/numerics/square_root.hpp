// Square roots of covariance matrices that may be singular.
#pragma once

#include <armadillo>

namespace limsym::numerics {

/// R (n x n) with A = R R' for a symmetric positive semidefinite A, lower triangle read: the Cholesky factor with
/// complete pivoting, rows put back in order; columns beyond the numerical rank (pivots below n eps max A_ii) are 0.
[[nodiscard]] arma::mat square_root(arma::mat a);

} // namespace limsym::numerics
