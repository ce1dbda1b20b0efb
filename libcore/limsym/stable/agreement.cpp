#include "limsym/stable/agreement.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "limsym/base/parallel.hpp"
#include "limsym/stable/law_evaluator.hpp"
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
    // Upper tails of the distances from the median: both logarithms of a value from the smaller of its probabilities.
    const arma::vec ascending = arma::sort(values);
    const arma::vec distance = arma::abs(ascending - law.loc);
    const arma::vec tail = LawEvaluator({law.alpha, law.sigma, 0.0}, LawFunction::upper_tail)(distance);
    const arma::uword n = ascending.n_elem;
    const auto log_cdf = [&](arma::uword i) {
        return ascending(i) < law.loc ? std::log(tail(i)) : std::log1p(-tail(i));
    };
    const auto log_upper = [&](arma::uword i) {
        return ascending(i) < law.loc ? std::log1p(-tail(i)) : std::log(tail(i));
    };
    const auto count = static_cast<double>(n);
    const double sum = base::parallel_sum(
        n, [&](std::size_t i) { return (2.0 * static_cast<double>(i) + 1.0) * (log_cdf(i) + log_upper(n - 1 - i)); });
    return -count - sum / count;
}

namespace {

/// sum over pairs i < j of 1/(1 + (z_i - z_j)^2).
double pair_sum(const arma::vec& z) {
    constexpr std::size_t edge = 1024;
    const std::size_t tiles = (z.n_elem + edge - 1) / edge;
    std::vector<double> sums(tiles * tiles, 0.0);
    base::parallel_for(tiles, [&](std::size_t a) {
        const std::size_t rows = std::min<std::size_t>(z.n_elem, (a + 1) * edge);
        for (std::size_t b = a; b < tiles; ++b) {
            double sum = 0.0;
            for (std::size_t i = a * edge; i < rows; ++i) {
                const std::size_t begin = std::max(b * edge, i + 1);
                const std::size_t end = std::min<std::size_t>(z.n_elem, (b + 1) * edge);
                const double zi = z(i);
                const double* const other = z.memptr();
                // Four sums in a fixed pattern, so that the loop runs in vectors.
                double part[4] = {0.0, 0.0, 0.0, 0.0};
                std::size_t j = begin;
                for (; j + 4 <= end; j += 4)
                    for (std::size_t k = 0; k < 4; ++k) {
                        const double d = zi - other[j + k];
                        part[k] += 1.0 / (1.0 + d * d);
                    }
                for (; j < end; ++j) {
                    const double d = zi - other[j];
                    part[0] += 1.0 / (1.0 + d * d);
                }
                sum += (part[0] + part[1]) + (part[2] + part[3]);
            }
            sums[a * tiles + b] = sum;
        }
    });
    double total = 0.0;
    for (const double sum : sums)
        total += sum;
    return total;
}

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

} // namespace

double characteristic_distance(const Law& law, const arma::vec& values) {
    // n times the integral is 1/n sum_ij 2/(1 + (z_i - z_j)^2) - 2 sum_i h(z_i) + n C, h(z) = int e^(-|t| - |t|^alpha)
    // cos(t z) dt: 2 pi times the density of the sum of a Cauchy and a stable number.
    const arma::vec z = (values - law.loc) / law.sigma;
    const auto n = static_cast<double>(z.n_elem);
    const RotatedContour smoothed(law.alpha, 1.0);
    const double mixed = base::parallel_sum(
        z.n_elem, [&](std::size_t i) { return 2.0 * std::numbers::pi * smoothed.density(std::abs(z(i))); });
    return 2.0 + 4.0 * pair_sum(z) / n - 2.0 * mixed + n * constant_term(law.alpha);
}

} // namespace limsym::stable
