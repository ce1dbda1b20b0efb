#include "limsym/mixture/one_input.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/mixture/unit_integral.hpp"
#include "limsym/numerics/distributions.hpp"

namespace limsym::mixture {

namespace {

/// E psi(t N^2); the normal law is cut at 10 standard deviations (1.5e-23).
double normal_mean_of_psi(const LevyMeasure& measure, double t) {
    constexpr double reach = 10.0;
    const double factor = 2.0 * reach / std::sqrt(2.0 * std::numbers::pi);
    return factor * integrate_unit([&](double z, double) {
               const double n = reach * z;
               return std::exp(-0.5 * n * n) * measure.psi(t * n * n);
           });
}

} // namespace

double relu_exponent(const LimitLaw& law, double t) {
    if (t <= 0.0) return 0.0;
    double sum = 0.5 * law.drift() * t;
    for (const LevyMeasure& term : law.terms)
        if (term.has_jumps()) sum += 0.5 * normal_mean_of_psi(term, t);
    return sum;
}

double shallow_characteristic_function(const LimitLaw& law, double u, double scale) {
    // beyond double only what has finite activity is left, and its exponent has settled
    const double t = std::min(0.5 * u * u * scale, 1e-4 * std::numeric_limits<double>::max());
    return std::exp(-relu_exponent(law, t));
}

double relu_moment(double p) {
    return std::exp(0.5 * p * std::numbers::ln2 + numerics::log_gamma(0.5 * (p + 1.0))) /
           (2.0 * std::sqrt(std::numbers::pi));
}

KernelMoments kernel_moments(double first, const std::vector<ReluLayer>& layers) {
    double mean = first;
    double relative = 0.0; // variance / mean^2, which stays in range where the two do not
    bool has_mean = true;
    bool has_variance = true;
    std::optional<double> tail;
    for (const ReluLayer& layer : layers) {
        const std::optional<double> exponent = layer.law.tail_exponent();
        if (exponent && (!tail || *exponent < *tail)) tail = exponent;
        const double weight = layer.sigma_w * layer.sigma_w;
        const double bias = layer.sigma_b * layer.sigma_b;
        if (mean == 0.0) { // the kernel is 0, whatever the law
            mean = bias;
            continue;
        }
        const double factor = 0.5 * layer.law.mean_sum();
        const double second = layer.law.moment(2);
        has_mean = has_mean && std::isfinite(factor);
        has_variance = has_variance && std::isfinite(second);
        if (!has_mean) continue;
        const double grown = weight * mean * factor;
        mean = bias + grown;
        const double share = std::isfinite(mean) && mean > 0.0 ? grown / mean : 1.0;
        const double spread = 1.5 * second / factor / factor;
        relative = share * share * (relative * (1.0 + spread) + spread);
    }
    KernelMoments result;
    if (tail) result.tail_exponent = 2.0 * *tail;
    if (!has_mean) return result;
    result.mean = mean;
    if (!has_variance) return result;
    result.variance = relative == 0.0 || mean == 0.0 ? 0.0 : relative * mean * mean;
    if (mean > 0.0) {
        result.kurtosis = 3.0 * (1.0 + relative);
        result.corr_squares = relative == 0.0 ? 0.0 : 1.0 / (3.0 + 2.0 / relative);
    }
    return result;
}

} // namespace limsym::mixture
