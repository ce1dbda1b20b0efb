#include "limsym/stable/exact_law.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include <boost/math/special_functions/erf.hpp>

#include "limsym/stable/gamma_ratio.hpp"
#include "limsym/stable/law.hpp"

namespace limsym::stable {

namespace {

constexpr double pi = std::numbers::pi;
constexpr double infinity = std::numeric_limits<double>::infinity();
/// From this alpha on Zolotarev's integral fills the gap between the series; the contour loses digits there.
constexpr double positive_from = 1.42;

/// The 10-point Gauss-Legendre rule on (0, 1), half of it: nodes and weights of 1/2 -+ node/2.
constexpr std::array<double, 5> gauss_nodes = {0.14887433898163121, 0.43339539412924719, 0.67940956829902441,
                                               0.86506336668898451, 0.97390652851717172};
constexpr std::array<double, 5> gauss_weights = {0.29552422471475287, 0.26926671930999636, 0.21908636251598204,
                                                 0.14945134915058059, 0.06667134430868814};

/// log(erfc(z)/2)
double log_half_erfc(double z) {
    if (z < 25.0) return std::log(0.5 * std::erfc(z));
    const double w = 1.0 / (z * z);
    return -z * z - std::log(2.0 * z * std::sqrt(pi)) + std::log1p(w * (-0.5 + w * (0.75 + w * (-1.875 + w * 6.5625))));
}

} // namespace

ExactLaw::ExactLaw(double alpha) : alpha_(alpha), peak_(0.0), width_(0.0), tail_(alpha), centre_(alpha) {
    const auto a = static_cast<long double>(alpha);
    const long double log_one = log_gamma(1 / a);
    peak_ = static_cast<double>(std::exp(log_one) / (a * std::numbers::pi_v<long double>));
    width_ = static_cast<double>(std::exp((std::numbers::ln2_v<long double> + log_one - log_gamma(3 / a)) / 2));
    if (closed_form()) return;
    if (alpha < positive_from)
        contour_.emplace(alpha);
    else
        positive_.emplace(alpha);
}

double ExactLaw::density(double x) const {
    if (alpha_ == 1.0) return x > 1e150 ? 1.0 / x / x / pi : 1.0 / (pi * (1.0 + x * x));
    if (alpha_ == 2.0) return std::exp(-0.25 * x * x) / (2.0 * std::sqrt(pi));
    if (x <= 1e-9 * width_) return peak_;
    if (x <= centre_.to()) return centre_.density(x);
    if (x >= tail_.from()) return tail_.density(x);
    return contour_ ? contour_->density(x) : positive_->density(x);
}

double ExactLaw::log_density(double x) const {
    if (alpha_ == 1.0) return x > 1e8 ? -std::log(pi) - 2.0 * std::log(x) : -std::log(pi * (1.0 + x * x));
    if (alpha_ == 2.0) return -0.25 * x * x - std::log(2.0 * std::sqrt(pi));
    if (x >= tail_.from()) return tail_.log_density_at_log(std::log(x));
    return std::log(density(x));
}

double ExactLaw::upper_tail(double x) const {
    if (alpha_ == 1.0) return x > 1.0 ? std::atan(1.0 / x) / pi : 0.5 - std::atan(x) / pi;
    if (alpha_ == 2.0) return 0.5 * std::erfc(0.5 * x);
    if (x <= std::max(centre_.to(), 0.1 * width_)) return 0.5 - central(x);
    if (x >= tail_.from()) return tail_.upper_tail(x);
    return contour_ ? contour_->upper_tail(x) : positive_->upper_tail(x);
}

double ExactLaw::log_upper_tail(double x) const {
    if (alpha_ == 2.0) return log_half_erfc(0.5 * x);
    if (alpha_ != 1.0 && x >= tail_.from()) return tail_.log_upper_tail_at_log(std::log(x));
    return std::log(upper_tail(x));
}

double ExactLaw::central(double x) const {
    if (alpha_ == 1.0) return std::atan(x) / pi;
    if (alpha_ == 2.0) return 0.5 * std::erf(0.5 * x);
    if (x <= centre_.to()) return centre_.central(x);
    if (x > 0.1 * width_) return 0.5 - upper_tail(x);
    double sum = 0.0;
    for (std::size_t i = 0; i < gauss_nodes.size(); ++i)
        sum +=
            gauss_weights[i] * (density(x * (0.5 - 0.5 * gauss_nodes[i])) + density(x * (0.5 + 0.5 * gauss_nodes[i])));
    return 0.5 * x * sum;
}

namespace {

/// The z with value(z).first = target, where `value` gives a monotone function and its slope: Newton's method from
/// `start`, kept inside a bracket that grows from it.
template <typename Value>
double solve(double target, double start, const Value& value) {
    double low = -infinity;
    double high = infinity;
    double z = start;
    for (int i = 0; i < 200; ++i) {
        const auto [at, slope] = value(z);
        const double excess = at - target;
        // Right of the root a falling function lies below its target, a rising one above.
        (excess * slope > 0.0 ? high : low) = z;
        double next = z - excess / slope;
        if (!(next > low && next < high)) {
            if (low == -infinity || high == infinity)
                next = low == -infinity ? high - 1.0 - std::abs(high) : low + 1.0 + std::abs(low);
            else
                next = 0.5 * (low + high);
        }
        const bool done = std::abs(next - z) <= 4e-16 * std::max(1.0, std::abs(z)) || excess == 0.0;
        if (done) return excess == 0.0 ? z : next;
        z = next;
    }
    return z;
}

} // namespace

double ExactLaw::upper_quantile(double p) const {
    return std::exp(log_upper_quantile(p));
}

double ExactLaw::log_upper_quantile(double p) const {
    if (p > 0.25) return std::log(central_quantile(0.5 - p));
    if (alpha_ == 1.0) return -std::log(std::tan(pi * p));
    if (alpha_ == 2.0) return std::log(2.0 * boost::math::erfc_inv(2.0 * p));
    const double target = std::log(p);
    const auto value = [&](double z) {
        if (z >= std::log(tail_.from()))
            return std::pair(tail_.log_upper_tail_at_log(z),
                             -std::exp(tail_.log_density_at_log(z) + z - tail_.log_upper_tail_at_log(z)));
        const double x = std::exp(z);
        const double tail = upper_tail(x);
        return std::pair(std::log(tail), -x * density(x) / tail);
    };
    // The first term of the tail alone.
    const double start = (std::log(tail_constant(alpha_) / 2.0) - target) / alpha_;
    return solve(target, std::max(start, std::log(0.1 * width_)), value);
}

double ExactLaw::central_quantile(double c) const {
    if (c > 0.3) return upper_quantile(0.5 - c);
    if (c <= 0.0) return 0.0;
    if (alpha_ == 1.0) return std::tan(pi * c);
    if (alpha_ == 2.0) return 2.0 * boost::math::erf_inv(2.0 * c);
    const double first = c / peak_;
    if (first < 1e-9 * width_) return first;
    const auto value = [&](double z) {
        const double x = std::exp(z);
        const double here = central(x);
        return std::pair(std::log(here), x * density(x) / here);
    };
    return std::exp(solve(std::log(c), std::log(first), value));
}

} // namespace limsym::stable
