#include "limsym/process/spectral_flow.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "limsym/numerics/cholesky.hpp"
#include "limsym/numerics/eigen.hpp"
#include "limsym/numerics/vmath.hpp"

namespace limsym::process {

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

/// Test rows are orthogonal to directions of eigenvalue 0; what rounding leaves there would grow with time.
void drop_rounding(arma::mat& rotated, const arma::mat& original, std::size_t directions) {
    if (directions == 0) return;
    const double factor = 16.0 * epsilon * static_cast<double>(original.n_cols);
    arma::vec norms(original.n_rows, arma::fill::zeros);
    for (arma::uword i = 0; i < original.n_cols; ++i)
        for (arma::uword j = 0; j < original.n_rows; ++j)
            norms(j) += original(j, i) * original(j, i);
    for (arma::uword i = 0; i < directions; ++i)
        for (arma::uword j = 0; j < rotated.n_rows; ++j)
            if (std::abs(rotated(j, i)) <= factor * std::sqrt(norms(j))) rotated(j, i) = 0.0;
}

arma::mat product(const arma::mat& a, const arma::mat& b) {
    arma::mat result(a.n_rows, b.n_cols, arma::fill::none);
    numerics::multiply_nn(1.0, a, b, 0.0, result);
    return result;
}

} // namespace

SpectralFlow::SpectralFlow(const FlowBlocks& blocks, const arma::vec& y, double regulariser)
    : prior_variance_(blocks.test_variance) {
    const bool same = blocks.tangent.empty();
    const arma::uword n = blocks.covariance.n_rows;
    arma::mat regularised = same ? blocks.covariance : blocks.tangent;
    for (arma::uword i = 0; i < n; ++i)
        regularised(i, i) += regulariser;
    numerics::SymmetricEigen eigen = numerics::symmetric_eigen(regularised, true);
    regularised.reset();
    values_ = std::move(eigen.values);
    const arma::mat& vectors = eigen.vectors;
    if (same) {
        core_diagonal_ = values_;
        for (double& value : core_diagonal_)
            value = std::max(value - regulariser, 0.0);
    }

    const double largest = std::max(values_(n - 1), std::numeric_limits<double>::min());
    const double rounding = static_cast<double>(n) * epsilon * largest;
    singular_ = !(values_(0) > std::max(rounding, 1e-14 * largest));
    std::size_t unseen = 0;
    for (double& value : values_) {
        if (value <= rounding) ++unseen;
        value = std::max(value, epsilon * largest);
    }

    arma::mat rotated(n, 1, arma::fill::none);
    numerics::multiply_tn(1.0, vectors, y, 0.0, rotated);
    rotated_y_ = rotated.col(0);
    const arma::mat& test_tangent = same ? blocks.test_covariance : blocks.test_tangent;
    tangent_ = product(test_tangent, vectors);
    drop_rounding(tangent_, test_tangent, unseen);
    if (same) return;
    covariance_ = product(blocks.test_covariance, vectors);
    const arma::mat half = product(blocks.covariance, vectors);
    core_.set_size(n, n);
    numerics::multiply_tn(1.0, vectors, half, 0.0, core_);
}

FlowMoments SpectralFlow::at(double tau) const {
    const arma::uword n = values_.n_elem;
    const arma::uword m = tangent_.n_rows;
    arma::vec learned(n, arma::fill::none); // (1 - exp(-tau lambda)) / lambda
    for (arma::uword i = 0; i < n; ++i)
        learned(i) = -tau * values_(i);
    numerics::vexpm1(learned.memptr(), learned.memptr(), n);
    for (arma::uword i = 0; i < n; ++i)
        learned(i) = (std::isinf(tau) ? 1.0 : -learned(i)) / values_(i);

    FlowMoments moments;
    moments.mean.zeros(m);
    moments.variance = prior_variance_;
    if (core_.empty()) {
        for (arma::uword i = 0; i < n; ++i) {
            const double weight = learned(i) * rotated_y_(i);
            const double reduction = learned(i) * (2.0 - learned(i) * core_diagonal_(i));
            for (arma::uword j = 0; j < m; ++j) {
                const double g = tangent_(j, i);
                moments.mean(j) += g * weight;
                moments.variance(j) -= g * g * reduction;
            }
        }
    } else {
        arma::mat map(m, n, arma::fill::none); // B Q
        for (arma::uword i = 0; i < n; ++i)
            for (arma::uword j = 0; j < m; ++j)
                map(j, i) = tangent_(j, i) * learned(i);
        const arma::mat carried = product(map, core_);
        for (arma::uword i = 0; i < n; ++i)
            for (arma::uword j = 0; j < m; ++j) {
                moments.mean(j) += map(j, i) * rotated_y_(i);
                moments.variance(j) += map(j, i) * (carried(j, i) - 2.0 * covariance_(j, i));
            }
    }
    for (double& variance : moments.variance)
        variance = std::max(variance, 0.0);
    return moments;
}

} // namespace limsym::process
