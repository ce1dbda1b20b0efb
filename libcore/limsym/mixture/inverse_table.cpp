#include "limsym/mixture/inverse_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace limsym::mixture {

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
        for (std::size_t j = 0; j < nodes; ++j) {
            double sum = 0.0;
            for (std::size_t i = 0; i < nodes; ++i)
                sum += values[i] *
                       std::cos(std::numbers::pi * static_cast<double>(j) * (static_cast<double>(i) + 0.5) / nodes);
            coefficients_.push_back(sum * (j == 0 ? 1.0 : 2.0) / nodes);
        }
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
    // Clenshaw
    const double t = 2.0 * (place - static_cast<double>(k)) - 1.0;
    double b1 = 0.0;
    double b2 = 0.0;
    for (std::size_t j = degree; j > 0; --j) {
        const double b0 = 2.0 * t * b1 - b2 + c[j];
        b2 = b1;
        b1 = b0;
    }
    return std::exp(t * b1 - b2 + c[0]);
}

} // namespace limsym::mixture
