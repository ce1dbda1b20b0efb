// Products with a kernel over f and its Jacobian without its (d + 1) x (d + 1) blocks.
#pragma once

#include <armadillo>

#include "limsym/kernel/jacobian_jets.hpp"

namespace limsym::kernel {

/// K v for v over z(X2), point-major, n2 (d + 1) numbers, by four products of n1 x n2 with n2 x d: 8 n1 n2 numbers of
/// memory instead of (d + 1)^2 n1 n2. Keeps references to its arguments.
class JacobianOperator {
public:
    JacobianOperator(const JetMatrix& jets, const arma::mat& x1, const arma::mat& x2) : jets_(jets), x1_(x1), x2_(x2) {}

    [[nodiscard]] std::size_t rows() const { return x1_.n_rows * (x1_.n_cols + 1); }
    [[nodiscard]] std::size_t columns() const { return x2_.n_rows * (x2_.n_cols + 1); }
    /// @param out n1 (d + 1), point-major; may not be v
    void multiply(const arma::vec& v, arma::vec& out) const;

private:
    const JetMatrix& jets_;
    const arma::mat& x1_;
    const arma::mat& x2_;
};

/// Bytes that a product holds besides the jets.
[[nodiscard]] std::uint64_t product_bytes(std::uint64_t n1, std::uint64_t n2, std::uint64_t features);

} // namespace limsym::kernel
