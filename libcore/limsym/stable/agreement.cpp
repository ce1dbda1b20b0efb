#include "limsym/stable/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/base/parallel.hpp"
#include "limsym/stable/law_evaluator.hpp"
#include "limsym/stable/pair_sum.hpp"
#include "limsym/stable/rotated_contour.hpp"

namespace limsym::stable {

double kolmogorov_smirnov(const Law& law, const arma::vec& values) {
    const arma::vec cdf = LawEvaluator(law, LawFunction::cdf)(arma::sort(values));
    const auto n = static_cast<double>(values.n_elem);
    double largest = 0.0;
    for (arma::uword i = 0; i < cdf.n_elem; ++i) {
        const auto rank = static_cast<double>(i);
        largest = std::max({largest, cdf(i) - rank / n, (rank + 1.0) / n - cdf(i)});
    }
    return largest;
}

double anderson_darling(const Law& law, const arma::vec& values) {
    // Both logarithms of a value from the tail beyond its distance from the median, which keeps its digits.
    const arma::vec ascending = arma::sort(values);
    const arma::vec distance = arma::clamp(arma::abs(ascending - law.loc), 0.0, std::numeric_limits<double>::max());
    const arma::vec log_tail = LawEvaluator({law.alpha, law.sigma, 0.0}, LawFunction::log_upper_tail)(distance);
    const arma::uword n = ascending.n_elem;
    // At the median itself both are log(1/2).
    const auto rest = [&](arma::uword i) { return std::log1p(-std::exp(log_tail(i))); };
    const auto log_cdf = [&](arma::uword i) { return ascending(i) < law.loc ? log_tail(i) : rest(i); };
    const auto log_upper = [&](arma::uword i) { return ascending(i) < law.loc ? rest(i) : log_tail(i); };
    const auto count = static_cast<double>(n);
    const double sum = base::parallel_sum(
        n, [&](std::size_t i) { return (2.0 * static_cast<double>(i) + 1.0) * (log_cdf(i) + log_upper(n - 1 - i)); });
    return -count - sum / count;
}

namespace {

/// int e^(-|t| - 2 |t|^alpha) dt over the real line, by the trapezoid rule in t = exp(u - e^-u).
double constant_term(double alpha) {
    constexpr double step = 1.0 / 32.0;
    double sum = 0.0;
    for (double u = -6.0; u < 5.0; u += step) {
        const double small = std::exp(-u);
        const double t = std::exp(u - small);
        sum += std::exp(-t - 2.0 * std::pow(t, alpha)) * t * (1.0 + small);
    }
    return 2.0 * sum * step;
}

/// Pairs of equal values.
double equal_pairs(arma::vec values) {
    values = arma::sort(values);
    double pairs = 0.0;
    double run = 0.0; // equals before this one
    for (arma::uword i = 1; i < values.n_elem; ++i) {
        run = values(i) == values(i - 1) ? run + 1.0 : 0.0;
        pairs += run;
    }
    return pairs;
}

} // namespace

double characteristic_distance(const Law& law, const arma::vec& values) {
    // n times the integral is 1/n sum_ij 2/(1 + (z_i - z_j)^2) - 2 sum_i h(z_i) + n C, h(z) = int e^(-|t| - |t|^alpha)
    // cos(t z) dt: 2 pi times the density of the sum of a Cauchy and a stable number.
    // A value this far away meets its equals alone.
    constexpr double far = 1e150;
    const auto n = static_cast<double>(values.n_elem);
    const arma::vec scaled = (values - law.loc) / law.sigma;
    const arma::vec z = scaled(arma::find(arma::abs(scaled) <= far));
    const double pairs = cauchy_pair_sum(z) + equal_pairs(values(arma::find(arma::abs(scaled) > far)));
    const RotatedContour smoothed(law.alpha, 1.0);
    const double mixed = base::parallel_sum(
        z.n_elem, [&](std::size_t i) { return 2.0 * std::numbers::pi * smoothed.density(std::abs(z(i))); });
    return 2.0 + 4.0 * pairs / n - 2.0 * mixed + n * constant_term(law.alpha);
}

} // namespace limsym::stable
