// Dual activations of functions with kinks, tabulated: E phi(u) phi(v) is analytic in the angle theta = acos(rho) and
// in log q1, log q2 when phi is smooth but for a kink at 0, so that a Chebyshev series in the three converges
// geometrically (Hermite series converge like a power only). The table is built once by polar quadrature.
#pragma once

#include <armadillo>
#include <cstddef>
#include <vector>

#include "limsym/network/activation.hpp"

namespace limsym::kernel {

class DualTable {
public:
    static constexpr std::size_t most_levels = 25;
    static constexpr std::size_t most_angles = 65;

    /// For variances in [smallest, largest], both > 0. Refines until the last coefficients are within tolerance of the
    /// largest, at most 25 x 25 x 65 nodes.
    DualTable(const network::Activation& activation, double smallest, double largest, double tolerance);

    [[nodiscard]] std::size_t levels() const { return levels_; } ///< nodes in log q
    [[nodiscard]] std::size_t angles() const { return angles_; } ///< nodes in theta
    /// Size of the last coefficients, relative to the largest: an estimate of the error.
    [[nodiscard]] double residue() const { return residue_; }
    [[nodiscard]] const network::ScalarFunction& function() const { return function_; }
    [[nodiscard]] const std::vector<double>& kinks() const { return kinks_; }

    /// What a row contributes, from its variance: T_k(log q), its derivative by log q, and the coefficients of F and D
    /// summed against T_k (levels x angles, angle fastest).
    struct Row {
        std::vector<double> basis;
        std::vector<double> basis_slope;
        std::vector<double> value;
        std::vector<double> derivative;
    };
    [[nodiscard]] Row row(double variance) const;

private:
    void build(std::size_t levels, std::size_t angles);
    [[nodiscard]] double last_coefficients() const;

    network::ScalarFunction function_;
    std::vector<double> kinks_;
    double low_; // log of the smallest variance
    double high_;
    std::size_t levels_ = 0;
    std::size_t angles_ = 0;
    double residue_ = 0.0;
    arma::cube value_; // angles x levels x levels, symmetric in the levels
    arma::cube derivative_;
};

} // namespace limsym::kernel
