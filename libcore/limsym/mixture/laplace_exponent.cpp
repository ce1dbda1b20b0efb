#include "limsym/mixture/laplace_exponent.hpp"

#include <boost/math/special_functions/bessel.hpp>
#include <cmath>
#include <numbers>

#include "limsym/mixture/unit_integral.hpp"

namespace limsym::mixture {

namespace {

/// e^-z (I0(z) + I1(z))
double scaled_bessel_sum(double z) {
    if (z < 500.0) return std::exp(-z) * (boost::math::cyl_bessel_i(0, z) + boost::math::cyl_bessel_i(1, z));
    // Hankel: e^-z I_nu = (1 - (m-1)/(8z) + (m-1)(m-9)/(2 (8z)^2) - ...) / sqrt(2 pi z), m = 4 nu^2
    double sum = 0.0;
    for (const double m : {0.0, 4.0}) {
        double term = 1.0;
        double series = 1.0;
        for (int k = 1; k < 12; ++k) {
            const double odd = 2.0 * k - 1.0;
            term *= -(m - odd * odd) / (8.0 * z * k);
            series += term;
        }
        sum += series;
    }
    return sum / std::sqrt(2.0 * std::numbers::pi * z);
}

} // namespace

double laplace_exponent(const Beta& family, double t) {
    if (t <= 0.0) return 0.0;
    // v = (1 - x)^b: eta / b int_0^1 (1 - e^(-t x)) / x dv, x = 1 - v^(1/b)
    return family.eta / family.b * integrate_unit([&](double v, double rest) {
               const double log_v = v < 0.5 ? std::log(v) : std::log1p(-rest);
               const double x = -std::expm1(log_v / family.b);
               return x > 0.0 ? -std::expm1(-t * x) / x : t;
           });
}

double laplace_exponent(const BetaPrime& family, double t) {
    if (t <= 0.0) return 0.0;
    // v = (1 + x)^-b: eta / b int_0^1 (1 - e^(-t x)) (1 + x) / x dv
    return family.eta / family.b * integrate_unit([&](double v, double rest) {
               const double log_v = v < 0.5 ? std::log(v) : std::log1p(-rest);
               const double x = std::expm1(-log_v / family.b);
               if (std::isinf(x)) return 1.0;
               return x > 0.0 ? -std::expm1(-t * x) * (1.0 + x) / x : t;
           });
}

double laplace_exponent(const RegularisedHorseshoe& family, double t) {
    return family.s * t / std::sqrt(family.c) * scaled_bessel_sum(t / (2.0 * family.c));
}

double laplace_exponent(const Gbfry& family, double t) {
    if (t <= 0.0) return 0.0;
    // A tilted stable measure whose jumps carry Pareto(tau) marks 1/u:
    // (1/alpha) int_0^1 u^alpha ((1 + c t / u)^alpha - 1) dz, u = z^(1/(tau - alpha))
    const double alpha = family.alpha;
    const double y = family.scale() * t;
    return integrate_unit([&](double z, double rest) {
               const double log_z = z < 0.5 ? std::log(z) : std::log1p(-rest);
               const double log_u = log_z / family.eta();
               const double log_ratio = std::log(y) - log_u; // y / u
               const double log_sum = log_ratio > 30.0 ? log_ratio : std::log1p(std::exp(log_ratio));
               if (alpha * log_sum > 600.0) return std::exp(alpha * (log_u + log_sum));
               return std::exp(alpha * log_u) * std::expm1(alpha * log_sum);
           }) /
           alpha;
}

} // namespace limsym::mixture
