#include "limsym/stable/power_series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/stable/gamma_ratio.hpp"

namespace limsym::stable {

namespace {

constexpr std::size_t most_terms = 80;
constexpr double rounding = 2e-17; // truncation, relative to the sum
constexpr double most_cancellation = 30.0;

double polynomial(const std::vector<double>& coefficients, double z, std::size_t terms) {
    double sum = 0.0;
    for (std::size_t k = terms; k > 0; --k)
        sum = sum * z + coefficients[k - 1];
    return sum;
}

} // namespace

TailSeries::TailSeries(double alpha) : alpha_(alpha), from_(std::numeric_limits<double>::infinity()) {
    if (alpha >= 2.0) return;
    const auto a = static_cast<long double>(alpha);
    const long double sine = sine_of_multiple(1, alpha);
    const long double log_first = log_gamma(a + 1);
    first_ = static_cast<double>(std::exp(log_first) * sine / std::numbers::pi_v<long double>);
    for (std::size_t k = 1; k <= most_terms; ++k) {
        const auto count = static_cast<long double>(k);
        const long double bound = std::exp(log_gamma(count * a + 1) - log_gamma(count + 1) - log_first) / sine;
        const long double ratio = (k % 2 == 1 ? 1 : -1) * bound * sine_of_multiple(k, alpha);
        if (!(std::abs(bound) < 1e250L)) break;
        density_ratios_.push_back(static_cast<double>(ratio));
        tail_ratios_.push_back(static_cast<double>(ratio / count));
        bounds_.push_back(static_cast<double>(bound));
    }
    // Accuracy grows with x: walk inwards until it ends.
    double x = 1e9;
    if (!accurate(x)) {
        while (!accurate(x) && x < 1e300)
            x *= 10.0;
        if (!accurate(x)) return;
    }
    const double step = alpha < 1.0 ? std::pow(2.0, -0.125 / alpha) : 0.98;
    while (x > 1e-290 && accurate(x * step))
        x *= step;
    from_ = x;
}

bool TailSeries::accurate(double x) const {
    const double y = std::pow(x, -alpha_);
    double power = 1.0;
    double sum = 0.0;
    double tail_sum = 0.0;
    double largest = 0.0;
    double smallest = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < bounds_.size(); ++k) {
        sum += density_ratios_[k] * power;
        tail_sum += tail_ratios_[k] * power;
        largest = std::max(largest, std::abs(density_ratios_[k] * power));
        const double bound = bounds_[k] * power;
        // An asymptotic series ends at its smallest term.
        if (bound > smallest && alpha_ > 1.0) return false;
        smallest = std::min(smallest, bound);
        const double size = std::min(std::abs(sum), std::abs(tail_sum));
        if (k > 0 && bound < rounding * size) return largest < most_cancellation * size;
        power *= y;
    }
    return false;
}

double TailSeries::relative_sum(const std::vector<double>& ratios, double y) const {
    double power = 1.0;
    std::size_t terms = 1;
    for (; terms < ratios.size(); ++terms) {
        power *= y;
        if (bounds_[terms] * power < rounding) break;
    }
    return polynomial(ratios, y, terms);
}

double TailSeries::density(double x) const {
    const double y = std::pow(x, -alpha_);
    return first_ * relative_sum(density_ratios_, y) * y / x;
}

double TailSeries::upper_tail(double x) const {
    const double y = std::pow(x, -alpha_);
    return first_ / alpha_ * relative_sum(tail_ratios_, y) * y;
}

double TailSeries::log_density_at_log(double log_x) const {
    const double y = std::exp(-alpha_ * log_x);
    return std::log(first_ * relative_sum(density_ratios_, y)) - (alpha_ + 1.0) * log_x;
}

double TailSeries::log_upper_tail_at_log(double log_x) const {
    const double y = std::exp(-alpha_ * log_x);
    return std::log(first_ / alpha_ * relative_sum(tail_ratios_, y)) - alpha_ * log_x;
}

CentralSeries::CentralSeries(double alpha) : to_(-1.0) {
    if (alpha <= 1.0) return;
    const auto a = static_cast<long double>(alpha);
    for (std::size_t k = 0; k < most_terms; ++k) {
        const auto order = static_cast<long double>(2 * k + 1);
        const long double size =
            std::exp(log_gamma(order / a) - log_gamma(order)) / (std::numbers::pi_v<long double> * a);
        const long double term = k % 2 == 0 ? size : -size;
        density_.push_back(static_cast<double>(term));
        central_.push_back(static_cast<double>(term / order));
    }
    const auto accurate = [&](double x) {
        const double z = x * x;
        double power = 1.0;
        double sum = 0.0;
        for (std::size_t k = 0; k < most_terms / 2; ++k) {
            const double term = density_[k] * power;
            sum += term;
            // Positive densities: the first terms bound the cancellation.
            if (std::abs(term) > 2.0 * density_[0] || sum <= 0.0) return false;
            if (std::abs(term) < rounding * sum) return sum > 0.2 * density_[0];
            power *= z;
        }
        return false;
    };
    double x = 0.0;
    while (accurate(x + 0.02))
        x += 0.02;
    to_ = x;
}

double CentralSeries::density(double x) const {
    const double z = x * x;
    std::size_t terms = 1;
    double power = 1.0;
    for (; terms < density_.size(); ++terms) {
        power *= z;
        if (std::abs(density_[terms]) * power < 0.1 * rounding * density_[0]) break;
    }
    return polynomial(density_, z, terms);
}

double CentralSeries::central(double x) const {
    const double z = x * x;
    std::size_t terms = 1;
    double power = 1.0;
    for (; terms < central_.size(); ++terms) {
        power *= z;
        if (std::abs(central_[terms]) * power < 0.1 * rounding * central_[0]) break;
    }
    return x * polynomial(central_, z, terms);
}

} // namespace limsym::stable
