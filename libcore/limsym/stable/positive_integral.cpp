#include "limsym/stable/positive_integral.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "limsym/numerics/vmath.hpp"

namespace limsym::stable {

PositiveIntegral::PositiveIntegral(double alpha) : exponent_(alpha / (alpha - 1.0)) {
    // Nearer to 2 the heavy tail comes from angles ever nearer to pi/2.
    const int nodes = alpha < 1.9999 ? 440 : 880;
    constexpr long double end = 4.3L;
    constexpr long double pi = std::numbers::pi_v<long double>;
    const auto a = static_cast<long double>(alpha);
    const long double c = a / (a - 1);
    const long double rest = 2 - a; // exact
    for (int k = 0; k <= nodes; ++k) {
        const long double t = -end + 2 * end * static_cast<long double>(k) / static_cast<long double>(nodes);
        // theta and pi/2 - theta without cancellation at either end.
        const long double q = std::exp(-pi * std::sinh(std::abs(t)));
        const long double nearer = pi / 2 * q / (1 + q);
        const long double theta = t < 0 ? nearer : pi / 2 - nearer;
        const long double other = t < 0 ? pi / 2 - nearer : nearer;
        const long double cosine = std::sin(other);
        const long double sine = a * theta > pi / 2 ? std::sin(pi * rest / 2 + a * other) : std::sin(a * theta);
        const long double turned =
            theta > pi / 4 ? std::sin(pi * rest / 2 + (a - 1) * other) : std::cos((a - 1) * theta);
        const long double value = std::pow(cosine / sine, c) * turned / cosine;
        const long double weight =
            pi / 2 * pi * std::cosh(t) * q / ((1 + q) * (1 + q)) * (2 * end / static_cast<long double>(nodes)) / pi;
        value_.push_back(static_cast<double>(std::min(value, 1e280L)));
        weight_.push_back(static_cast<double>(weight));
    }
}

namespace {
constexpr std::size_t block = 128;
/// Beyond this exponent a node is nothing even beside the weakest tail.
constexpr double largest_rate = 120.0;
} // namespace

std::size_t PositiveIntegral::first_node(double power) const {
    // V falls from node to node.
    const double bound = largest_rate / power;
    return static_cast<std::size_t>(
        std::lower_bound(value_.begin(), value_.end(), bound, [](double value, double b) { return value > b; }) -
        value_.begin());
}

template <typename Weight>
double PositiveIntegral::sum(double power, const Weight& weight) const {
    std::array<double, block> size;
    double total = 0.0;
    for (std::size_t from = first_node(power); from < value_.size(); from += block) {
        const std::size_t count = std::min(block, value_.size() - from);
        for (std::size_t i = 0; i < count; ++i)
            size[i] = -value_[from + i] * power;
        numerics::vexp(size.data(), size.data(), count);
        for (std::size_t i = 0; i < count; ++i)
            total += weight(from + i) * size[i];
    }
    return total;
}

double PositiveIntegral::upper_tail(double x) const {
    return sum(std::pow(x, exponent_), [this](std::size_t i) { return weight_[i]; });
}

double PositiveIntegral::density(double x) const {
    const double power = std::pow(x, exponent_);
    return exponent_ * power * sum(power, [this](std::size_t i) { return weight_[i] * value_[i]; }) / x;
}

} // namespace limsym::stable
