#include "limsym/numerics/distributions.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>

namespace limsym::numerics {

namespace {

// Results that leave the range of double become infinite or 0; arguments out of range are bugs and throw.
using Policy = boost::math::policies::policy<boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
                                             boost::math::policies::pole_error<boost::math::policies::ignore_error>,
                                             boost::math::policies::promote_double<true>>;

constexpr double log_sqrt_2pi = 0.91893853320467274178;

// log Gamma(x) - ((x - 1/2) log x - x + log(2 pi)/2) by Stirling's series; x >= 10 gives all digits.
double stirling_remainder(double x) {
    constexpr double coefficients[] = {1.0 / 12,   -1.0 / 360,      1.0 / 1260, -1.0 / 1680,
                                       1.0 / 1188, -691.0 / 360360, 1.0 / 156,  -3617.0 / 122400};
    const double inverse = 1.0 / x;
    const double square = inverse * inverse;
    double sum = 0.0;
    for (int k = 7; k >= 0; --k)
        sum = sum * square + coefficients[k];
    return sum * inverse;
}

} // namespace

double normal_log_density(double z) {
    return -0.5 * z * z - log_sqrt_2pi;
}

double normal_cdf(double z) {
    return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

double normal_quantile(double p) {
    return -std::numbers::sqrt2 * boost::math::erfc_inv(2.0 * p, Policy());
}

double student_t_log_density(double z, double df) {
    // log(1 + z^2/df) where z^2 may overflow.
    const double magnitude = std::fabs(z);
    const double log_kernel = magnitude < 1e150 ? std::log1p(z * z / df) : 2.0 * std::log(magnitude) - std::log(df);
    return log_gamma_ratio(0.5 * df, 0.5) - 0.5 * std::log(df * std::numbers::pi) - 0.5 * (df + 1.0) * log_kernel;
}

double student_t_cdf(double z, double df) {
    // Around the centre the incomplete beta function loses digits; two terms of the series have them all.
    const double square = z * z * (1.0 + 1.0 / df);
    if (square < 1e-8) return 0.5 + z * std::exp(student_t_log_density(0.0, df)) * (1.0 - square / 6.0);
    return boost::math::cdf(boost::math::students_t_distribution<double, Policy>(df), z);
}

double student_t_quantile(double p, double df) {
    return boost::math::quantile(boost::math::students_t_distribution<double, Policy>(df), p);
}

double inverse_gamma_quantile(double p, double alpha, double beta) {
    return beta / boost::math::gamma_q_inv(alpha, p, Policy());
}

double gamma_quantile(double p, double shape, double rate) {
    return boost::math::gamma_p_inv(shape, p, Policy()) / rate;
}

double log_gamma_ratio(double x, double delta) {
    // Both arguments are moved above 10 by Gamma(x + 1) = x Gamma(x), then Stirling's formulas are subtracted.
    double shift = 0.0;
    while (x < 10.0 || x + delta < 10.0) {
        const double ratio = delta / x;
        shift += ratio < 1e15 ? std::log1p(ratio) : std::log(x + delta) - std::log(x);
        x += 1.0;
    }
    const double y = x + delta;
    return (x - 0.5) * std::log1p(delta / x) + delta * (std::log(y) - 1.0) +
           (stirling_remainder(y) - stirling_remainder(x)) - shift;
}

double log_gamma(double x) {
    return boost::math::lgamma(x, Policy());
}

double digamma(double x) {
    return boost::math::digamma(x, Policy());
}

double normal_crps(double y) {
    return y * std::erf(y / std::numbers::sqrt2) + 2.0 * std::exp(normal_log_density(y)) - std::numbers::inv_sqrtpi;
}

double student_t_crps(double y, double df) {
    // Jordan, Krueger, Lerch, "Evaluating probabilistic forecasts with scoringRules", JSS 90 (2019), Student's t;
    // the beta functions in terms of ratios of gamma functions.
    const double magnitude = std::fabs(y);
    const double inside = 1.0 - 2.0 * student_t_cdf(-magnitude, df);
    const double density_term = 2.0 * std::exp(student_t_log_density(y, df)) * (df + y * y) / (df - 1.0);
    const double spread = 2.0 * std::sqrt(df) / ((df - 1.0) * std::sqrt(std::numbers::pi)) *
                          std::exp(2.0 * log_gamma_ratio(0.5 * df, 0.5) - log_gamma_ratio(df - 0.5, 0.5));
    return magnitude * inside + density_term - spread;
}

} // namespace limsym::numerics
