#include "limsym/mixture/points.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <string>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/random.hpp"
#include "limsym/numerics/vmath.hpp"

namespace limsym::mixture {

namespace {

/// Variance of the sum of the points of all terms that T leaves out.
double residual_variance(const LimitLaw& law, double tail) {
    double sum = 0.0;
    for (const LevyMeasure& term : law.terms) {
        if (!term.infinite_activity()) continue;
        const double cut = inverse_tail(term, tail);
        if (cut > 0.0) sum += term.moment_below(2, cut);
    }
    return sum;
}

} // namespace

PointSampler::PointSampler(const Prior& prior, double tail) {
    for (const Family& family : prior.terms) {
        LevyMeasure measure = levy_measure(family);
        drift_ += measure.drift;
        if (!measure.has_jumps()) continue;
        const double end = measure.infinite_activity() ? tail : measure.mass;
        if (end > most_points)
            throw base::WorkError("a draw of " + family_name(family) + " has " + base::number_text(end) +
                                  " points; at most 1e7 are drawn");
        size_ += end;
        if (measure.infinite_activity()) {
            const double cut = inverse_tail(measure, end);
            cut_ = std::max(cut_, cut);
            if (cut > 0.0) {
                residual_mean_ += measure.moment_below(1, cut);
                residual_variance_ += measure.moment_below(2, cut);
            }
        }
        terms_.push_back({InverseTable(std::move(measure), end), end});
    }
}

double PointSampler::residual_sd() const {
    return std::sqrt(residual_variance_);
}

std::vector<double> PointSampler::draw(std::uint64_t seed, std::size_t layer, std::uint64_t draw) const {
    constexpr std::size_t block = 64;
    std::array<double, block> gaps;
    std::vector<double> points;
    points.reserve(static_cast<std::size_t>(size_ + 6.0 * std::sqrt(size_) + 10.0));
    for (std::size_t k = 0; k < terms_.size(); ++k) {
        const Term& term = terms_[k];
        base::RandomStream stream(seed, "points " + std::to_string(layer) + "." + std::to_string(k), draw);
        double arrival = 0.0;
        while (arrival < term.end) {
            stream.fill_uniform(gaps.data(), block);
            numerics::vlog(gaps.data(), gaps.data(), block);
            for (const double gap : gaps) {
                arrival -= gap;
                if (arrival >= term.end) break;
                const double x = term.inverse(arrival);
                if (x > 0.0) points.push_back(x);
            }
        }
    }
    if (terms_.size() > 1) std::sort(points.begin(), points.end(), std::greater<>());
    return points;
}

double tail_for_tolerance(const Prior& prior, double tolerance) {
    const LimitLaw law = limit_law(prior);
    const double mean = law.mean_sum();
    const double wanted = tolerance * (std::isfinite(mean) ? std::max(1.0, mean) : 1.0);
    const auto enough = [&](double log_tail) {
        return std::sqrt(residual_variance(law, std::exp(log_tail))) <= wanted;
    };
    double low = std::log(1e-6);
    if (enough(low)) return 1e-6;
    double high = 0.0;
    while (!enough(high)) {
        low = high;
        high += 2.0;
        if (high > 690.0) break;
    }
    for (int i = 0; i < 60 && high - low > 1e-13 * std::abs(high); ++i) {
        const double middle = 0.5 * (low + high);
        (enough(middle) ? high : low) = middle;
    }
    const double tail = std::exp(high);
    if (tail > most_points)
        throw base::WorkError("--tol", "a draw would need " + base::number_text(std::ceil(tail)) +
                                           " points, more than 1e7; raise --tol, or give --tail");
    return tail;
}

} // namespace limsym::mixture
