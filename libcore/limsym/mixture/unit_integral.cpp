#include "limsym/mixture/unit_integral.hpp"

#include <cmath>
#include <numbers>
#include <vector>

namespace limsym::mixture {

namespace {

/// Node z = 1 / (1 + e^(pi sinh u)), its complement and dz/du.
struct Node {
    double z;
    double rest;
    double weight;
};

Node node(double u) {
    const double y = std::numbers::pi * std::sinh(u);
    const double small = 1.0 / (1.0 + std::exp(std::abs(y)));
    const double large = 1.0 - small;
    const double weight = std::numbers::pi * std::cosh(u) * small * large;
    return y > 0.0 ? Node{small, large, weight} : Node{large, small, weight};
}

constexpr int levels = 10;
constexpr double reach = 6.05; // exp(-pi sinh(6.05)) is near the smallest double

/// Nodes of level 0: u = 0, +-1/2, ...; of level l: those halfway between all before.
const std::vector<std::vector<Node>>& nodes() {
    static const std::vector<std::vector<Node>> table = [] {
        std::vector<std::vector<Node>> list(levels);
        for (int level = 0; level < levels; ++level) {
            const double step = std::ldexp(0.5, -level);
            const double first = level == 0 ? 0.0 : step;
            const double stride = level == 0 ? step : 2.0 * step;
            for (double u = first; u <= reach; u += stride) {
                list[static_cast<std::size_t>(level)].push_back(node(u));
                if (u > 0.0) list[static_cast<std::size_t>(level)].push_back(node(-u));
            }
        }
        return list;
    }();
    return table;
}

} // namespace

double integrate_unit(const std::function<double(double z, double rest)>& f) {
    double sum = 0.0;
    double before = 0.0;
    for (std::size_t level = 0; level < nodes().size(); ++level) {
        for (const Node& at : nodes()[level]) {
            if (at.weight <= 0.0 || at.z <= 0.0 || at.rest <= 0.0) continue;
            const double value = f(at.z, at.rest) * at.weight;
            if (std::isfinite(value)) sum += value;
        }
        const double integral = sum * std::ldexp(0.5, -static_cast<int>(level));
        // The rule's error squares from level to level.
        if (level >= 3 && std::abs(integral - before) <= 1e-11 * std::abs(integral)) return integral;
        before = integral;
    }
    return before;
}

} // namespace limsym::mixture
