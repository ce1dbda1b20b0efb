// Dual activations of functions with kinks, tabulated: E phi(u) phi(v) is analytic in the angle theta = acos(rho) and
// in log q1, log q2 when phi is smooth but for a kink at 0, so that a Chebyshev series in the three converges
// geometrically (Hermite series converge like a power only). The table is built once by polar quadrature.
#pragma once

#include <armadillo>
#include <cstddef>
#include <vector>

#include "limsym/kernel/hermite_series.hpp"
#include "limsym/kernel/octave_table.hpp"
#include "limsym/kernel/term_count.hpp"
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

    /// The coefficient of T_k(1 - 2 theta/pi) is a quadratic form in the Chebyshev polynomials of log q1 and log q2;
    /// by its eigenvectors, scaled by the roots of the eigenvalues, it is a short sum of products of a number of the
    /// row and one of the column.
    [[nodiscard]] const std::vector<TermCount>& value_counts() const { return value_terms_.counts; }
    [[nodiscard]] const std::vector<TermCount>& derivative_counts() const { return derivative_terms_.counts; }
    [[nodiscard]] std::size_t value_terms() const { return value_terms_.vectors.n_cols; }
    [[nodiscard]] std::size_t derivative_terms() const { return derivative_terms_.vectors.n_cols; }
    /// Row i: the numbers of variances[i] (0 for variance 0), for F, for D, and the derivatives of the first by log q.
    /// @param derivative, value_slope nullptr: not wanted
    void rows(const std::vector<double>& variances, arma::mat& value, arma::mat* derivative,
              arma::mat* value_slope) const;

    /// Of phi(sqrt(variance) z).
    [[nodiscard]] SecondMoments moments(double variance) const;
    /// E phi and E phi': what a pair with a variance of 0 needs of the other side.
    struct Means {
        double value;
        double slope;
    };
    [[nodiscard]] Means means(double variance) const;

private:
    struct Terms {
        std::vector<TermCount> counts; ///< by angle
        arma::mat vectors;             ///< levels x terms
    };
    [[nodiscard]] static Terms separate(const arma::cube& cube);
    void build(std::size_t levels, std::size_t angles);
    [[nodiscard]] double last_coefficients() const;

    network::ScalarFunction function_;
    std::vector<double> kinks_;
    double low_; // log of the smallest variance
    double high_;
    std::size_t levels_ = 0;
    std::size_t angles_ = 0;
    double residue_ = 0.0;
    arma::cube value_; // angles x levels x levels, symmetric in the levels; while the table is made
    arma::cube derivative_;
    Terms value_terms_;
    Terms derivative_terms_;
    OctaveTable means_;
};

} // namespace limsym::kernel
