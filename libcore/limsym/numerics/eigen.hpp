// Symmetric eigenproblems.
#pragma once

#include <armadillo>

namespace limsym::numerics {

struct SymmetricEigen {
    arma::vec values;  ///< ascending
    arma::mat vectors; ///< columns; empty when only values were asked for
};

/// All eigenvalues (and vectors) of the symmetric A, lower triangle read (dsyevd).
/// @throws WorkError when LAPACK does not converge or n > 32766 with vectors (LAPACK's workspace is 32-bit)
[[nodiscard]] SymmetricEigen symmetric_eigen(const arma::mat& a, bool with_vectors);

} // namespace limsym::numerics
