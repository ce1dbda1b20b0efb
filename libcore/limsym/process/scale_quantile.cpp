#include "limsym/process/scale_quantile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "limsym/numerics/minimise.hpp"
#include "limsym/numerics/quadrature.hpp"

namespace limsym::process {

namespace {

constexpr std::size_t stencil = 8;

/// Lagrange basis of the points 0, 1, ..., 7 at x.
std::array<double, stencil> basis_at(double x) {
    std::array<double, stencil> result{};
    for (std::size_t k = 0; k < stencil; ++k) {
        result[k] = 1.0;
        for (std::size_t l = 0; l < stencil; ++l)
            if (l != k) result[k] *= (x - static_cast<double>(l)) / (static_cast<double>(k) - static_cast<double>(l));
    }
    return result;
}

/// Integral over the first t steps of a cell of exp(interpolated log density), by Gauss and Legendre.
/// @param offset of the cell inside its stencil
double probability(const double* log_weights, std::size_t offset, double t) {
    static const numerics::QuadratureRule rule = numerics::gauss_legendre(6, 0.0, 1.0);
    double sum = 0.0;
    for (std::size_t q = 0; q < rule.nodes.size(); ++q) {
        const std::array<double, stencil> basis = basis_at(static_cast<double>(offset) + t * rule.nodes[q]);
        double log_density = 0.0;
        for (std::size_t k = 0; k < stencil; ++k)
            log_density += basis[k] * log_weights[k];
        sum += rule.weights[q] * std::exp(log_density);
    }
    return t * sum;
}

} // namespace

double quantile_of_atoms(const std::vector<double>& s, const std::vector<double>& log_weights, double p) {
    std::vector<std::size_t> order(s.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return s[a] < s[b]; });
    double below = 0.0;
    for (const std::size_t j : order) {
        below += std::exp(log_weights[j]);
        if (below >= p) return s[j];
    }
    return s[order.back()];
}

double quantile_of_nodes(const std::vector<double>& s, const std::vector<double>& log_weights, double p) {
    const std::size_t cells = s.size() - 1;
    const bool upper = p > 0.5; // from the nearer end, so that small tail probabilities keep their digits
    const double wanted = upper ? 1.0 - p : p;
    double passed = 0.0;
    for (std::size_t k = 0; k < cells; ++k) {
        const std::size_t cell = upper ? cells - 1 - k : k;
        const std::size_t first = std::min(cell >= 3 ? cell - 3 : 0, s.size() - stencil);
        const auto left_part = [&](double t) { return probability(log_weights.data() + first, cell - first, t); };
        const double whole = left_part(1.0);
        if (passed + whole < wanted) {
            passed += whole;
            continue;
        }
        const auto excess = [&](double t) {
            return left_part(t) - (upper ? whole - (wanted - passed) : wanted - passed);
        };
        const double t = excess(0.0) >= 0.0 ? 0.0 : excess(1.0) <= 0.0 ? 1.0 : numerics::find_root(excess, 0.0, 1.0);
        return std::exp((1.0 - t) * std::log(s[cell]) + t * std::log(s[cell + 1]));
    }
    return upper ? s.front() : s.back();
}

} // namespace limsym::process
