#include "limsym/stable/half_line.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "limsym/numerics/minimise.hpp"
#include "limsym/numerics/quadrature.hpp"
#include "limsym/stable/law.hpp"

namespace limsym::stable {

namespace {

constexpr double panel_width = 0.5;
constexpr std::size_t panel_nodes = 16;
/// exp(-42) is below the rounding of a sum.
constexpr double negligible = 42.0;
/// x beyond exp(this) is not looked at; the rest of the integral is a limit times a probability.
constexpr double longest_log = 690.0;
constexpr double gaussian_end = 60.0; // exp(-60^2/4) is 0

/// A rule on [0, 1] for integrands with end-point singularities: x = distance to 0, 1 - x = distance to 1.
struct EndRule {
    std::vector<double> from_begin;
    std::vector<double> from_end;
    std::vector<double> weight;
};
const EndRule& end_rule() {
    static const EndRule rule = [] {
        EndRule made;
        constexpr int half = 40;
        constexpr double step = 3.6 / half;
        for (int j = -half; j <= half; ++j) {
            const double t = step * j;
            const double u = 0.5 * std::numbers::pi * std::sinh(t);
            made.from_begin.push_back(1 / (1 + std::exp(-2 * u)));
            made.from_end.push_back(1 / (1 + std::exp(2 * u)));
            const double c = std::cosh(u);
            made.weight.push_back(step * 0.25 * std::numbers::pi * std::cosh(t) / (c * c));
        }
        return made;
    }();
    return rule;
}

} // namespace

HalfLine::HalfLine(double alpha, double farthest) : law_(alpha) {
    const double low = -negligible - std::max(0.0, std::log(law_.peak()));
    const double reach = negligible / std::min(alpha, 1.0) + std::max(0.0, std::log(farthest));
    const double high = std::min(reach, alpha == 2 ? std::log(gaussian_end) : longest_log);
    const auto count = static_cast<std::size_t>(std::ceil((high - low) / panel_width));
    const numerics::QuadratureRule rule = numerics::gauss_legendre(panel_nodes, 0.0, panel_width);
    for (std::size_t i = 0; i < count; ++i) {
        const double begin = low + panel_width * static_cast<double>(i);
        panels_.push_back({begin, begin + panel_width, x_.size()});
        for (std::size_t j = 0; j < panel_nodes; ++j) {
            x_.push_back(std::exp(begin + rule.nodes[j]));
            weight_.push_back(rule.weights[j]);
        }
    }
    for (std::size_t i = 0; i < x_.size(); ++i)
        weight_[i] *= law_.density(x_[i]) * x_[i];
    beyond_ = law_.upper_tail(std::exp(panels_.back().end));
}

double HalfLine::expected_power(const PowerIntegrand& integrand) const {
    const double p = integrand.power;
    const double q = integrand.growth;
    // what grows is taken off and integrated in closed form
    const double taken = q > 0 ? std::pow(std::abs(integrand.coefficient), p) : 0.0;
    const auto rest_at = [&](double x, double value) {
        const double power = std::pow(std::abs(value), p);
        return taken > 0 ? power - taken * std::pow(x, q * p) : power;
    };
    std::vector<double> breaks;
    for (const double kink : integrand.kinks)
        if (kink > 0) breaks.push_back(std::log(kink));
    std::vector<double> values(x_.size());
    for (std::size_t i = 0; i < x_.size(); ++i)
        values[i] = integrand.function(x_[i]);
    const bool smooth_zero = p == 2;
    for (std::size_t i = 1; i < x_.size() && !smooth_zero; ++i) {
        if (!(values[i - 1] * values[i] < 0)) continue;
        const auto at = [&](double y) { return integrand.function(std::exp(y)); };
        breaks.push_back(numerics::find_root(at, std::log(x_[i - 1]), std::log(x_[i])));
    }
    std::sort(breaks.begin(), breaks.end());
    double sum = 0.0;
    double rest = 0.0;
    const auto add = [&](double term) {
        const double total = sum + term;
        rest += std::abs(sum) >= std::abs(term) ? (sum - total) + term : (term - total) + sum;
        sum = total;
    };
    const EndRule& ends = end_rule();
    auto next = breaks.begin();
    for (const Panel& panel : panels_) {
        while (next != breaks.end() && *next < panel.begin)
            ++next;
        if (next == breaks.end() || *next > panel.end) {
            for (std::size_t j = panel.first_node; j < panel.first_node + panel_nodes; ++j)
                add(weight_[j] * rest_at(x_[j], values[j]));
            continue;
        }
        double begin = panel.begin;
        while (begin < panel.end) {
            const double end = next != breaks.end() && *next < panel.end ? *next++ : panel.end;
            const double length = end - begin;
            for (std::size_t j = 0; j < ends.weight.size() && length > 0; ++j) {
                const double y =
                    ends.from_begin[j] < 0.5 ? begin + length * ends.from_begin[j] : end - length * ends.from_end[j];
                const double x = std::exp(y);
                add(length * ends.weight[j] * law_.density(x) * x * rest_at(x, integrand.function(x)));
            }
            begin = end;
        }
    }
    const double last = std::exp(panels_.back().end);
    if (beyond_ > 0) add(beyond_ * rest_at(last, integrand.function(last)));
    const double closed = taken > 0 ? 0.5 * taken * std::exp(log_absolute_moment(law_.alpha(), q * p)) : 0.0;
    return closed + (sum + rest);
}

double expected_sine_power(double alpha, double frequency, double phase, double p) {
    const ExactLaw law(alpha);
    const double period = std::numbers::pi / frequency;
    double first = -phase / frequency;
    first -= period * std::floor(first / period);
    // up to the first zero after the first period: panels of log x, where f may vary fast
    const double direct_end = first + period;
    const auto sine = [&](double x) { return std::pow(std::abs(std::sin(frequency * x + phase)), p); };
    const EndRule& ends = end_rule();
    double sum = 0.0;
    const auto add_panel = [&](double begin, double end) { // of x, ends may be zeros
        const double length = end - begin;
        for (std::size_t j = 0; j < ends.weight.size(); ++j) {
            const double x =
                ends.from_begin[j] < 0.5 ? begin + length * ends.from_begin[j] : end - length * ends.from_end[j];
            sum += length * ends.weight[j] * law.density(x) * sine(x);
        }
    };
    std::vector<double> cuts{0.0};
    const double low = std::exp(-negligible - std::max(0.0, std::log(law.peak())));
    const double bottom = std::min(low, 1e-3 * direct_end);
    for (double x = bottom; x < direct_end; x *= 1.5)
        cuts.push_back(x);
    if (first > 0) cuts.push_back(first);
    cuts.push_back(direct_end);
    std::sort(cuts.begin(), cuts.end());
    for (std::size_t i = 1; i < cuts.size(); ++i)
        if (cuts[i] > cuts[i - 1]) add_panel(cuts[i - 1], cuts[i]);
    // then period by period, in pieces so that a Gaussian's fall is followed, and the rest by Euler and Maclaurin: f
    // varies slowly over a period that is a small part of x
    constexpr int periods = 64;
    const double end_of_mass = alpha == 2 ? gaussian_end : 1e300;
    double begin = direct_end;
    for (int j = 0; j < periods && begin < end_of_mass; ++j, begin += period)
        add_panel(begin, begin + period);
    if (begin >= end_of_mass) return sum;
    for (std::size_t j = 0; j < ends.weight.size(); ++j) {
        const double u = period * ends.from_begin[j];
        const double middle = begin + u - 0.5 * period;
        const double h = 0.05 * period;
        const double slope = (law.density(middle + h) - law.density(middle - h)) / (2 * h);
        const double points = law.upper_tail(middle) / period + period * slope / 24;
        const double value = std::pow(std::sin(std::numbers::pi * std::min(ends.from_begin[j], ends.from_end[j])), p);
        sum += period * ends.weight[j] * value * points;
    }
    return sum;
}

} // namespace limsym::stable
