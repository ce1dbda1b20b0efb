// Quadrature rules and adaptive integrals.
#pragma once

#include <functional>
#include <vector>

namespace limsym::numerics {

struct QuadratureRule {
    std::vector<double> nodes;
    std::vector<double> weights;
};

/// n-point Gauss-Hermite rule for the standard normal weight: sum w_i f(x_i) ~ E f(Z), weights sum to 1; n <= 2000.
[[nodiscard]] QuadratureRule gauss_hermite(std::size_t n);
/// n-point Gauss-Legendre rule on [a, b]; n <= 10000.
[[nodiscard]] QuadratureRule gauss_legendre(std::size_t n, double a, double b);

/// A distribution on nodes of a real parameter u, from its unnormalised log density.
struct LogDensityNodes {
    std::vector<double> nodes;       ///< ascending
    std::vector<double> log_weights; ///< normalised: sum exp = 1
    double log_integral = 0.0;       ///< log of the integral of exp(g)
};

/// Trapezoid rule for a unimodal-tailed log density g over the real line: finds the mode on [lower, upper], walks out
/// until g < max - 80, doubles the nodes until the log integral changes by less than 1e-13 (at most 2^16 nodes).
/// g may return -infinity. `kinks` are places where g is not smooth: panels begin there.
/// @throws WorkError "improper" when g does not fall off inside [lower, upper], or is -infinity everywhere
[[nodiscard]] LogDensityNodes integrate_log_density(const std::function<double(double)>& g, double start, double lower,
                                                    double upper);

/// log sum_i exp(v_i), -infinity for an empty list.
[[nodiscard]] double log_sum_exp(const std::vector<double>& values);

} // namespace limsym::numerics
