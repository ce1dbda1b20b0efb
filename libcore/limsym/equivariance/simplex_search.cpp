#include "limsym/equivariance/simplex_search.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace limsym::equivariance {

SimplexMinimum minimise_simplex(const std::function<double(const arma::vec&)>& f, const arma::vec& start, double edge,
                                std::size_t steps) {
    const std::size_t n = start.n_elem;
    std::vector<SimplexMinimum> corners{{start, f(start)}};
    for (std::size_t j = 0; j < n; ++j) {
        arma::vec corner = start;
        corner(j) += edge;
        corners.push_back({corner, f(corner)});
    }
    const auto better = [](const SimplexMinimum& a, const SimplexMinimum& b) { return a.value < b.value; };
    for (std::size_t step = 0; step < steps; ++step) {
        std::stable_sort(corners.begin(), corners.end(), better);
        if (corners.back().value - corners.front().value <= 1e-10 * (1.0 + std::abs(corners.front().value))) break;
        arma::vec centre(n, arma::fill::zeros);
        for (std::size_t k = 0; k < n; ++k)
            centre += corners[k].x / static_cast<double>(n);
        SimplexMinimum& last = corners.back();
        const auto at = [&](double factor) {
            const arma::vec x = centre + factor * (last.x - centre);
            return SimplexMinimum{x, f(x)};
        };
        const SimplexMinimum reflected = at(-1.0);
        if (reflected.value < corners.front().value) {
            const SimplexMinimum expanded = at(-2.0);
            last = expanded.value < reflected.value ? expanded : reflected;
        } else if (reflected.value < corners[n - 1].value) {
            last = reflected;
        } else if (const SimplexMinimum contracted = at(reflected.value < last.value ? -0.5 : 0.5);
                   contracted.value < std::min(reflected.value, last.value)) {
            last = contracted;
        } else {
            for (std::size_t k = 1; k <= n; ++k) {
                corners[k].x = corners.front().x + 0.5 * (corners[k].x - corners.front().x);
                corners[k].value = f(corners[k].x);
            }
        }
    }
    return *std::min_element(corners.begin(), corners.end(), better);
}

} // namespace limsym::equivariance
