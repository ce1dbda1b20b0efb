#include "limsym/numerics/eigen.hpp"

#include <string>

#include "limsym/base/error.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/lapack.hpp"

namespace limsym::numerics {

SymmetricEigen symmetric_eigen(const arma::mat& a, bool with_vectors) {
    use_serial_blas();
    const std::size_t n = a.n_rows;
    // dsyevd's workspace of 1 + 6n + 2n^2 numbers is counted in 32 bits.
    constexpr std::size_t largest = 32766;
    if (with_vectors && n > largest)
        throw base::WorkError("eigenvectors of a matrix of order " + std::to_string(n) +
                              " cannot be computed: LAPACK takes orders up to " + std::to_string(largest));
    SymmetricEigen result;
    result.values.set_size(n);
    result.vectors = a;
    if (n > 0 && !lapack::symmetric_eigen(n, result.vectors.memptr(), result.values.memptr(), with_vectors))
        throw base::WorkError("the eigenvalues of a matrix of order " + std::to_string(n) +
                              " did not converge; is every entry finite?");
    if (!with_vectors) result.vectors.reset();
    return result;
}

} // namespace limsym::numerics
