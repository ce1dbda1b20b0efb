// Quadrature rules and adaptive integrals.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "limsym/base/error.hpp"

namespace limsym::numerics {

struct QuadratureRule {
    std::vector<double> nodes;
    std::vector<double> weights;
};

/// n-point Gauss-Hermite rule for the standard normal weight: sum w_i f(x_i) ~ E f(Z), weights sum to 1;
/// 1 <= n <= 2000. Weights keep their relative accuracy; those below the range of double (n > 370) are 0.
[[nodiscard]] QuadratureRule gauss_hermite(std::size_t n);
/// n-point Gauss-Legendre rule on [a, b]; 1 <= n <= 10000.
[[nodiscard]] QuadratureRule gauss_legendre(std::size_t n, double a, double b);

/// A distribution on nodes of a real parameter u, from its unnormalised log density.
struct LogDensityNodes {
    std::vector<double> nodes;       ///< ascending
    std::vector<double> log_weights; ///< normalised: sum exp = 1
    double log_integral = 0.0;       ///< log of the integral of exp(g)
};

/// A log density that cannot be integrated.
class DensityError : public base::WorkError {
public:
    enum class Kind {
        improper, ///< it does not fall off inside the interval, or is infinite
        zero,     ///< it is -infinity wherever it was looked at
    };
    DensityError(Kind what, const std::string& message) : base::WorkError(message), kind(what) {}
    Kind kind;
};

/// Trapezoid rule for a log density g on the real line with one mode: finds the mode in [lower, upper] near `start`,
/// walks out on both sides until g < max - 80, and doubles the nodes until the log integral changes by less than
/// 1e-13 (and the rounding of g), at most 2^16 of them. Exponentially accurate for analytic g.
/// g may return -infinity; NaN counts as that.
/// @throws DensityError "improper: ..." when g does not fall off inside [lower, upper], "zero everywhere: ..." when it
/// is -infinity wherever it was looked at
[[nodiscard]] LogDensityNodes integrate_log_density(const std::function<double(double)>& g, double start, double lower,
                                                    double upper);

/// log of the integral of exp(g) over the real line, for a g with one mode in [lower, upper] that may fall off far
/// slower on one side than on the other: the steps of the trapezoid rule grow away from the mode,
/// u = mode + width sinh(v), so that a tail like exp(-1e-7 u) costs no more than a short one.
/// @throws DensityError as integrate_log_density; improper when g has not fallen off at |u - mode| = 1e10
[[nodiscard]] double log_integral_far(const std::function<double(double)>& g, double start, double lower, double upper);

/// log sum_i exp(v_i), -infinity for an empty list.
[[nodiscard]] double log_sum_exp(const std::vector<double>& values);

} // namespace limsym::numerics
