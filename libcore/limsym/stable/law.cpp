#include "limsym/stable/law.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/sin_pi.hpp>

namespace limsym::stable {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// sin(pi alpha/2), to full relative accuracy up to alpha = 2.
double sine_of_half(double alpha) {
    return boost::math::sin_pi(alpha <= 1.0 ? alpha / 2.0 : (2.0 - alpha) / 2.0);
}

/// exp(i a b) of the product itself, which neither overflows nor is rounded: it turns many times where it is large.
std::complex<double> unit_at(double a, double b) {
    const auto wide = static_cast<long double>(a);
    const long double angle = wide * static_cast<long double>(b);
    const long double rest = std::fma(wide, static_cast<long double>(b), -angle);
    const long double c = std::cos(angle);
    const long double s = std::sin(angle);
    return {static_cast<double>(c * std::cos(rest) - s * std::sin(rest)),
            static_cast<double>(s * std::cos(rest) + c * std::sin(rest))};
}

} // namespace

std::complex<double> characteristic_function(const Law& law, double t) {
    const double scaled = std::abs(law.sigma * t);
    const double modulus = scaled == 0.0 ? 1.0 : std::exp(-std::pow(scaled, law.alpha));
    if (modulus == 0.0) return {0.0, 0.0};
    const std::complex<double> turn = unit_at(law.loc, t);
    return {modulus * turn.real(), modulus * turn.imag()};
}

double log_absolute_moment(double alpha, double p) {
    // 2^p Gamma((1+p)/2) Gamma(1-p/alpha) / (sqrt(pi) Gamma(1-p/2)); at alpha = 2 the last two cancel.
    using boost::math::lgamma;
    double log_moment = p * std::numbers::ln2 + lgamma((1.0 + p) / 2.0) - 0.5 * std::log(std::numbers::pi);
    if (alpha < 2.0) {
        // Near p = alpha the moment diverges like alpha/(alpha - p), whose difference is exact.
        log_moment += lgamma(1.0 + (alpha - p) / alpha) - std::log((alpha - p) / alpha);
        log_moment -= lgamma(2.0 - p / 2.0) - std::log((2.0 - p) / 2.0);
    }
    return log_moment;
}

double absolute_moment(const Law& law, double p) {
    if (p == 0.0) return 1.0;
    if (law.sigma == 0.0) return p > 0.0 ? 0.0 : infinity;
    if (law.alpha < 2.0 && p >= law.alpha) return infinity;
    return std::exp(p * std::log(law.sigma) + log_absolute_moment(law.alpha, p));
}

double norming_constant(double alpha) {
    if (alpha >= 2.0) return infinity;
    return std::numbers::pi / (2.0 * boost::math::tgamma(alpha) * sine_of_half(alpha));
}

double tail_constant(double alpha) {
    if (alpha >= 2.0) return 0.0;
    return 2.0 * boost::math::tgamma(alpha) * sine_of_half(alpha) / std::numbers::pi;
}

} // namespace limsym::stable
