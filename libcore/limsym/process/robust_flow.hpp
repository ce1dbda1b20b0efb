// Training of a wide network with a penalty on its Jacobian, in the limit: a linear differential equation.
//
// Loss  R = (1/2N) sum_i [ (f(x_i) - y_i)^2 + lambda |grad f(x_i)|^2 ],  N = n (mean) or 1 (sum).
// With z = (f, grad f) at all training points, point-major, Theta the Jacobian NTK, Lam = diag(1, lambda, ..., lambda)
// by points and ybar = (y_i, 0, ..., 0):   dz/dt = -(kappa^2/N) Theta Lam (z - ybar)   (Kim and Yang, ICML 2024). It is
// solved by the eigenvalues D of S = kappa^2 Lam^{1/2} Theta Lam^{1/2}, symmetric and well scaled for every lambda;
// gradient descent in place of the flow changes one scalar function of D.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "limsym/network/robust_loss.hpp"

namespace limsym::process {

using network::RobustLoss;

/// Gradient flow until a time >= 0, perhaps infinite.
struct FlowTime {
    double time;
};
/// So many steps of gradient descent.
struct DescentTime {
    double rate;
    std::uint64_t steps;
};
using TrainingTime = std::variant<FlowTime, DescentTime>;

/// ybar: y_i, then d zeros, for every point.
[[nodiscard]] arma::vec stacked_targets(const arma::vec& y, std::size_t features);

class RobustFlow {
public:
    /// @param theta Theta(X, X) without kappa^2, n (d + 1) square, point-major
    /// @param features d
    /// @param ridge added to every eigenvalue, >= 0
    /// @param rank_cut eigenvalues up to this share of the largest count as 0 at infinite time; < 0: size 2^-52
    /// @throws WorkError when the eigenproblem fails or is too large
    RobustFlow(const arma::mat& theta, std::size_t features, const RobustLoss& loss, double ridge = 0.0,
               double rank_cut = -1.0);

    /// alpha of z_t(x) = z_0(x) - kappa^2 Theta(x, X) alpha for all x, in the full length n (d + 1).
    /// @param start z_0(X) - ybar, n (d + 1)
    [[nodiscard]] arma::vec coefficients(const TrainingTime& time, const arma::vec& start) const;

    /// Eigenvalues D of S, ascending, without the ridge.
    [[nodiscard]] const arma::vec& eigenvalues() const { return values_; }
    [[nodiscard]] std::size_t size() const { return values_.n_elem; }
    /// Eigenvalues above the cut.
    [[nodiscard]] std::size_t rank() const;
    /// size 2^-52 D_max: eigenvalues below it are rounding.
    [[nodiscard]] double error_bound() const;
    [[nodiscard]] bool resolved() const { return values_(0) > error_bound(); }
    /// 2 N / D_max, the rate at which gradient descent becomes unstable.
    [[nodiscard]] double largest_rate() const;

    // For variances and features, in the coordinates of the eigenvectors q_i:
    /// phi_t(D) = (1 - exp(-t D/N))/D, or (1 - (1 - rate D/N)^steps)/D.
    [[nodiscard]] arma::vec response(const TrainingTime& time) const;
    /// Q' Lam^{1/2} v of a vector over z(X).
    [[nodiscard]] arma::vec rotated(const arma::vec& v) const;
    /// K Lam^{1/2} Q of rows over z(X), m x n (d + 1).
    [[nodiscard]] arma::mat rotated_rows(const arma::mat& rows) const;
    /// Lam^{1/2} Q of weights by eigenvector, back to a vector over z(X).
    [[nodiscard]] arma::vec unrotated(const arma::vec& weights) const;

private:
    [[nodiscard]] double response_at(const TrainingTime& time, double eigenvalue) const;

    double count_; // N
    double ridge_;
    double cut_;
    std::size_t full_size_;
    std::vector<arma::uword> kept_; // rows of z(X) that the loss sees
    arma::vec root_;                // Lam^{1/2} of them
    arma::vec values_;
    arma::mat vectors_;
};

} // namespace limsym::process
