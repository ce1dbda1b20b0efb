#include "limsym/mixture/inverse_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace limsym::mixture {

namespace {

/// Coefficients of 1, t, t^2, ... from those of Chebyshev's T_0, T_1, T_2, ..., which fall off fast enough for it.
template <std::size_t n>
std::array<double, n> powers_of(const std::array<double, n>& series) {
    std::array<double, n> result{};
    std::array<double, n> before{}; // T_(j-1) in powers
    std::array<double, n> here{};   // T_j
    here[0] = 1.0;
    for (std::size_t j = 0; j < n; ++j) {
        for (std::size_t k = 0; k <= j; ++k)
            result[k] += series[j] * here[k];
        std::array<double, n> next{};
        for (std::size_t k = 0; k + 1 < n; ++k)
            next[k + 1] = (j == 0 ? 1.0 : 2.0) * here[k];
        for (std::size_t k = 0; k < n; ++k)
            next[k] -= before[k];
        before = here;
        here = next;
    }
    return result;
}

} // namespace

InverseTable::InverseTable(LevyMeasure measure, double largest) : measure_(std::move(measure)) {
    if (measure_.closed_inverse || !measure_.has_jumps()) return;
    constexpr std::size_t nodes = degree + 1;
    zero_ = measure_.tail(least);
    low_ = std::log(first);
    // as many panels as the largest g needs, but none beyond the least x: the search goes on where they end
    const double wanted = std::ceil((std::log(largest) - low_) / panel);
    const double possible = std::floor((std::log(zero_) - low_) / panel);
    if (!(std::min(wanted, possible) >= 1.0)) return;
    const auto panels = static_cast<std::size_t>(std::min(wanted, possible));
    high_ = std::exp(low_ + panel * static_cast<double>(panels));
    std::array<double, nodes> values;
    for (std::size_t k = 0; k < panels; ++k) {
        for (std::size_t i = 0; i < nodes; ++i) {
            const double node = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.5) / nodes);
            const double log_g = low_ + panel * (static_cast<double>(k) + 0.5 + 0.5 * node);
            values[i] = std::log(inverse_tail(measure_, std::exp(log_g)));
        }
        std::array<double, nodes> series;
        for (std::size_t j = 0; j < nodes; ++j) {
            double sum = 0.0;
            for (std::size_t i = 0; i < nodes; ++i)
                sum += values[i] *
                       std::cos(std::numbers::pi * static_cast<double>(j) * (static_cast<double>(i) + 0.5) / nodes);
            series[j] = sum * (j == 0 ? 1.0 : 2.0) / nodes;
        }
        const std::array<double, nodes> powers = powers_of(series);
        coefficients_.insert(coefficients_.end(), powers.begin(), powers.end());
    }
}

double InverseTable::operator()(double g) const {
    if (measure_.closed_inverse) return measure_.closed_inverse(g);
    if (g < first || coefficients_.empty()) return inverse_tail(measure_, g);
    if (g > high_) return g > zero_ ? 0.0 : inverse_tail(measure_, g);
    const double place = (std::log(g) - low_) / panel;
    const double* c = coefficients_.data();
    const std::size_t last = coefficients_.size() / (degree + 1) - 1;
    const std::size_t k = std::min(static_cast<std::size_t>(std::max(place, 0.0)), last);
    c += k * (degree + 1);
    // even and odd powers by themselves: two short chains of operations instead of a long one
    const double t = 2.0 * (place - static_cast<double>(k)) - 1.0;
    const double square = t * t;
    double even = 0.0;
    double odd = 0.0;
    static_assert(degree % 2 == 1);
    for (std::size_t half = (degree + 1) / 2; half-- > 0;) {
        odd = odd * square + c[2 * half + 1];
        even = even * square + c[2 * half];
    }
    return std::exp(even + t * odd);
}

} // namespace limsym::mixture
