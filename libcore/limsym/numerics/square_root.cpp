#include "limsym/numerics/square_root.hpp"

#include <vector>

#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/lapack.hpp"

namespace limsym::numerics {

arma::mat square_root(arma::mat a) {
    use_serial_blas();
    const std::size_t n = a.n_rows;
    if (n == 0) return a;
    std::vector<std::size_t> pivots;
    const std::size_t rank = lapack::pivoted_cholesky_lower(n, a.memptr(), n, pivots);
    arma::mat root(n, n, arma::fill::zeros);
    for (std::size_t j = 0; j < rank; ++j)
        for (std::size_t i = j; i < n; ++i)
            root(pivots[i], j) = a(i, j);
    return root;
}

} // namespace limsym::numerics
