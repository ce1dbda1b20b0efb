#include "limsym/kernel/jacobian_operator.hpp"

#include <algorithm>
#include <vector>

#include "limsym/base/parallel.hpp"
#include "limsym/numerics/cholesky.hpp"

namespace limsym::kernel {

namespace {

/// Row sums of the product, by rows of a fixed number a piece.
template <typename Body>
void for_rows(std::size_t n, const Body& body) {
    constexpr std::size_t piece = 64;
    base::parallel_for((n + piece - 1) / piece, [&](std::size_t p) { body(p * piece, std::min(n, (p + 1) * piece)); });
}

} // namespace

void JacobianOperator::multiply(const arma::vec& v, arma::vec& out) const {
    const std::size_t n1 = x1_.n_rows;
    const std::size_t n2 = x2_.n_rows;
    const std::size_t d = x1_.n_cols;
    const std::size_t height = d + 1;
    // v = (v0, W); g_j = x'_j . w_j
    arma::vec v0(n2, arma::fill::none);
    arma::vec g(n2, arma::fill::zeros);
    arma::mat w(n2, d, arma::fill::none);
    for (std::size_t j = 0; j < n2; ++j) {
        v0(j) = v(j * height);
        for (std::size_t b = 0; b < d; ++b) {
            w(j, b) = v(j * height + b + 1);
            g(j) += x2_(j, b) * w(j, b);
        }
    }
    arma::mat h; // X1 W'
    numerics::multiply_nt(1.0, x1_, w, 0.0, h);
    arma::vec value(n1, arma::fill::zeros);
    arma::vec along_x(n1, arma::fill::zeros);    // factor of x_i in the gradient
    arma::mat along_y(n1, n2, arma::fill::none); // factors of x'_j
    for_rows(n1, [&](std::size_t first, std::size_t last) {
        for (std::size_t j = 0; j < n2; ++j)
            for (std::size_t i = first; i < last; ++i) {
                const double hij = h(i, j);
                value(i) += jets_.value(i, j) * v0(j) + 2 * jets_.t(i, j) * g(j) + jets_.r(i, j) * hij;
                along_x(i) += 2 * jets_.s(i, j) * v0(j) + 4 * jets_.st(i, j) * g(j) + 2 * jets_.sr(i, j) * hij;
                along_y(i, j) = jets_.r(i, j) * v0(j) + 2 * jets_.tr(i, j) * g(j) + jets_.rr(i, j) * hij;
            }
    });
    arma::mat gradient;
    numerics::multiply_nn(1.0, jets_.r, w, 0.0, gradient);
    numerics::multiply_nn(1.0, along_y, x2_, 1.0, gradient);
    out.set_size(n1 * height);
    for (std::size_t i = 0; i < n1; ++i) {
        out(i * height) = value(i);
        for (std::size_t a = 0; a < d; ++a)
            out(i * height + a + 1) = gradient(i, a) + along_x(i) * x1_(i, a);
    }
}

std::uint64_t product_bytes(std::uint64_t n1, std::uint64_t n2, std::uint64_t features) {
    return matrix_bytes(n1, n2, 2 * sizeof(double)) + matrix_bytes(n1 + n2, features + 2, 2 * sizeof(double));
}

} // namespace limsym::kernel
