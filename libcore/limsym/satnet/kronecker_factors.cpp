#include "limsym/satnet/kronecker_factors.hpp"

#include <cmath>

#include "limsym/numerics/eigen.hpp"

namespace limsym::satnet {

namespace {

/// Row (I, J) of the result is block (I, J) as a vector, column by column.
arma::mat rearranged(const arma::mat& matrix, std::size_t m) {
    const std::size_t n = matrix.n_rows / m;
    arma::mat result(m * m, n * n, arma::fill::none);
    for (std::size_t J = 0; J < m; ++J)
        for (std::size_t I = 0; I < m; ++I)
            for (std::size_t j = 0; j < n; ++j)
                for (std::size_t i = 0; i < n; ++i)
                    result(J * m + I, j * n + i) = matrix(I * n + i, J * n + j);
    return result;
}

} // namespace

KroneckerSum kronecker_sum(const arma::mat& matrix, std::size_t m, double share, std::size_t most) {
    const std::size_t n = matrix.n_rows / m;
    const arma::mat blocks = rearranged(matrix, m);
    const bool wide = m <= n;
    arma::mat gram = wide ? arma::mat(blocks * blocks.t()) : arma::mat(blocks.t() * blocks);
    const auto [squares, vectors] = numerics::symmetric_eigen(gram, true);
    KroneckerSum result;
    const double largest = squares.max();
    for (arma::uword at = squares.n_elem; at-- > 0 && squares[at] > share * share * largest;) {
        if (result.left.size() == most) return {};
        const double weight = std::sqrt(squares[at]);
        const arma::vec one = vectors.col(at);
        const arma::vec other = wide ? arma::vec(blocks.t() * one / weight) : arma::vec(blocks * one / weight);
        result.left.push_back(std::sqrt(weight) * arma::reshape(wide ? one : other, m, m));
        result.right.push_back(std::sqrt(weight) * arma::reshape(wide ? other : one, n, n));
    }
    return result;
}

} // namespace limsym::satnet
