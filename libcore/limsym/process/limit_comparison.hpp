// A finite network in training beside its limit: how far its Jacobian NTK has moved, how far that is from the limit's,
// and how far values and gradients at test points are from the descent in the limit that started from the same ones.
#pragma once

#include <armadillo>
#include <cstdint>
#include <optional>
#include <span>

#include "limsym/base/monitor.hpp"
#include "limsym/kernel/jacobian_network.hpp"
#include "limsym/network/multilayer_perceptron.hpp"
#include "limsym/process/robust_flow.hpp"

namespace limsym::process {

/// What is trained, and where it is compared. Points are d x n, ONE COLUMN A SAMPLE, as the network takes them.
struct ComparedTraining {
    const kernel::JacobianNetwork& limit;
    const network::MultilayerPerceptron& shape;
    std::span<const double> start; ///< parameters at step 0
    const arma::mat& x;
    const arma::vec& y;
    const arma::mat& test; ///< d x m; empty: values are not compared
    RobustLoss loss;
    double rate = 1.0;
    arma::vec x_units;    ///< d: gradients are divided by these on output
    double y_units = 1.0; ///< values and gradients are multiplied by it
};

/// Largest absolute differences.
struct LimitDistances {
    double kernel_to_start = 0.0;        ///< T - T_0 at the training points, without the output scale
    double kernel_to_limit = 0.0;        ///< T - Theta
    std::optional<double> value = {};    ///< of f at the test points; not finite where the limit diverges
    std::optional<double> jacobian = {}; ///< of its gradient
};

class LimitComparison {
public:
    /// Kernels at the start and in the limit; with test points also the eigenvalues of the limit's equation.
    LimitComparison(const ComparedTraining& training, const base::Monitor& monitor);

    /// After so many steps.
    [[nodiscard]] LimitDistances at(std::span<const double> parameters, std::uint64_t step) const;
    /// The rate at which descent in the limit becomes unstable; nothing without test points.
    [[nodiscard]] std::optional<double> largest_rate() const;

    /// Bytes that it holds for n training and m test points, at its peak.
    [[nodiscard]] static std::uint64_t bytes(const network::MultilayerPerceptron& shape, std::uint64_t points,
                                             std::uint64_t test_points);

private:
    [[nodiscard]] arma::vec joint_values(std::span<const double> parameters, const arma::mat& x) const;

    network::MultilayerPerceptron shape_;
    arma::mat x_;
    arma::mat test_;
    RobustLoss loss_;
    double rate_;
    arma::vec units_;       ///< d + 1: of z on output
    arma::mat theta_;       ///< Theta(X, X)
    arma::mat start_;       ///< T_0
    arma::mat test_theta_;  ///< Theta(X_test, X)
    arma::vec test_start_;  ///< z_0 at the test points
    arma::vec train_error_; ///< z_0(X) - ybar
    std::optional<RobustFlow> flow_;
};

} // namespace limsym::process
