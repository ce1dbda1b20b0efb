#include "limsym/mixture/one_input.hpp"

#include <algorithm>
#include <cmath>
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
    return std::exp(-relu_exponent(law, 0.5 * u * u * scale));
}

double relu_moment(double p) {
    return std::exp(0.5 * p * std::numbers::ln2 + numerics::log_gamma(0.5 * (p + 1.0))) /
           (2.0 * std::sqrt(std::numbers::pi));
}

KernelMoments kernel_moments(double first, const std::vector<ReluLayer>& layers) {
    double mean = first;
    double square = first * first;
    KernelMoments result;
    std::optional<double> tail;
    for (const ReluLayer& layer : layers) {
        const double weight = layer.sigma_w * layer.sigma_w;
        const double bias = layer.sigma_b * layer.sigma_b;
        const double factor = 0.5 * layer.law.mean_sum();
        const double factor_variance = 1.5 * layer.law.moment(2);
        const double next = bias + weight * mean * factor;
        square = bias * bias + 2.0 * bias * weight * mean * factor +
                 weight * weight * square * (factor_variance + factor * factor);
        mean = next;
        const std::optional<double> exponent = layer.law.tail_exponent();
        if (exponent && (!tail || *exponent < *tail)) tail = exponent;
    }
    if (tail) result.tail_exponent = 2.0 * *tail;
    if (!std::isfinite(mean)) return result;
    result.mean = mean;
    if (!std::isfinite(square)) return result;
    const double variance = std::max(0.0, square - mean * mean);
    result.variance = variance;
    if (mean > 0.0) {
        const double ratio = variance / mean / mean;
        result.kurtosis = 3.0 * (1.0 + ratio);
        result.corr_squares = ratio / (3.0 * ratio + 2.0);
    }
    return result;
}

} // namespace limsym::mixture
