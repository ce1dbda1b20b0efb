#include "limsym/kernel/jacobian_check.hpp"

#include <algorithm>
#include <cmath>

namespace limsym::kernel {

namespace {

/// Every point, then for every feature all points moved forth, then all moved back.
arma::mat moved_points(const arma::mat& x, double step) {
    const std::size_t n = x.n_rows;
    const std::size_t d = x.n_cols;
    arma::mat points = arma::repmat(x, 2 * d + 1, 1);
    for (std::size_t a = 0; a < d; ++a) {
        points.submat((2 * a + 1) * n, a, (2 * a + 2) * n - 1, a) += step;
        points.submat((2 * a + 2) * n, a, (2 * a + 3) * n - 1, a) -= step;
    }
    return points;
}

double worst(const arma::mat& dense, const arma::mat& values, const arma::mat& x, double step) {
    const std::size_t n = x.n_rows;
    const std::size_t size = x.n_cols + 1;
    // rows of the moved point i: itself, forth along a, back along a
    const auto forth = [&](std::size_t a, std::size_t i) { return a == 0 ? i : (2 * a - 1) * n + i; };
    const auto back = [&](std::size_t a, std::size_t i) { return a == 0 ? i : 2 * a * n + i; };
    double largest = 0.0;
    double error = 0.0;
    for (std::size_t j = 0; j < n; ++j)
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t b = 0; b < size; ++b)
                for (std::size_t a = 0; a < size; ++a) {
                    if (a == 0 && b == 0) continue;
                    double difference = 0.0;
                    if (b == 0)
                        difference = (values(forth(a, i), j) - values(back(a, i), j)) / (2 * step);
                    else if (a == 0)
                        difference = (values(i, forth(b, j)) - values(i, back(b, j))) / (2 * step);
                    else
                        difference = (values(forth(a, i), forth(b, j)) - values(forth(a, i), back(b, j)) -
                                      values(back(a, i), forth(b, j)) + values(back(a, i), back(b, j))) /
                                     (4 * step * step);
                    const double entry = dense(i * size + a, j * size + b);
                    largest = std::max(largest, std::abs(entry));
                    error = std::max(error, std::abs(entry - difference));
                }
    return largest > 0 ? error / largest : error;
}

bool symmetric(const arma::mat& matrix) {
    constexpr double rounding = 1e-12;
    return arma::abs(matrix - matrix.t()).max() <= rounding * arma::abs(matrix).max();
}

} // namespace

DifferenceCheck check_differences(const JacobianNetwork& network, const arma::mat& x, const JetOptions& kernels,
                                  double step, const base::Monitor& monitor) {
    JetOptions whole = kernels;
    whole.values_only = false;
    JetOptions plain = kernels;
    plain.values_only = true;
    // as K(X, X2) with X2 = X: the upper triangle is computed on its own, so that symmetry is worth a look
    const JacobianKernels jets = jacobian_kernels(network, x, &x, whole, monitor);
    const JacobianKernels values = jacobian_kernels(network, moved_points(x, step), nullptr, plain, monitor);
    DifferenceCheck result;
    const auto examine = [&](const JetMatrix& jet, const arma::mat& value) {
        const arma::mat dense = expand(jet, x, x, false);
        result.symmetric = result.symmetric && symmetric(dense);
        return worst(dense, value, x, step);
    };
    if (kernels.nngp) result.nngp = examine(jets.nngp, values.nngp.value);
    if (kernels.ntk) result.ntk = examine(jets.ntk, values.ntk.value);
    return result;
}

std::uint64_t check_bytes(std::uint64_t n, std::uint64_t features) {
    // two dense matrices, their jets, and the values of (2 d + 1)^2 pairs
    const std::uint64_t moved = matrix_bytes(2 * features + 1, 2 * features + 1, 2 * sizeof(double));
    return matrix_bytes(
        n, n, std::min(UINT64_MAX / 4, moved) + std::min(UINT64_MAX / 4, dense_bytes(features)) + 2 * jet_bytes(false));
}

} // namespace limsym::kernel
