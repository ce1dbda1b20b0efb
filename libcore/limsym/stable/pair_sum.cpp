#include "limsym/stable/pair_sum.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

#include "limsym/base/parallel.hpp"

namespace limsym::stable {

namespace {

double kernel(double d) {
    return 1.0 / (1.0 + d * d);
}

/// sum over j in [begin, end) of kernel(at - z_j), in a fixed pattern that runs in vectors.
double row_sum(double at, const double* z, std::size_t begin, std::size_t end) {
    double part[4] = {0.0, 0.0, 0.0, 0.0};
    std::size_t j = begin;
    for (; j + 4 <= end; j += 4)
        for (std::size_t k = 0; k < 4; ++k)
            part[k] += kernel(at - z[j + k]);
    for (; j < end; ++j)
        part[0] += kernel(at - z[j]);
    return (part[0] + part[1]) + (part[2] + part[3]);
}

constexpr std::size_t nodes = 18;  // of the interpolation in a cell
constexpr std::size_t leaf = 128;  // values that are not split
constexpr double separation = 4.0; // centres apart, in the larger radius

/// Values [begin, end) of the sorted sample, and their weights at the Chebyshev nodes of the interval they span.
struct Cell {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::size_t left = 0; ///< index of the first child; 0: a leaf
    double centre = 0.0;
    double radius = 0.0;
    std::array<double, nodes> weight{};

    [[nodiscard]] double node(std::size_t p) const { return centre + radius * unit_node(p); }
    static double unit_node(std::size_t p) {
        static const std::array<double, nodes> all = [] {
            std::array<double, nodes> x{};
            for (std::size_t i = 0; i < nodes; ++i)
                x[i] = std::cos(std::numbers::pi * (static_cast<double>(i) + 0.5) / static_cast<double>(nodes));
            return x;
        }();
        return all[p];
    }
};

std::vector<Cell> cells_of(const arma::vec& z) {
    std::vector<Cell> cells(1);
    cells[0].end = z.n_elem;
    for (std::size_t c = 0; c < cells.size(); ++c) {
        const std::size_t begin = cells[c].begin;
        const std::size_t end = cells[c].end;
        cells[c].centre = 0.5 * z(begin) + 0.5 * z(end - 1);
        cells[c].radius = std::max(0.5 * z(end - 1) - 0.5 * z(begin), 1e-300);
        if (end - begin <= leaf) continue;
        cells[c].left = cells.size();
        const std::size_t middle = begin + (end - begin) / 2;
        cells.emplace_back();
        cells.back().begin = begin;
        cells.back().end = middle;
        cells.emplace_back();
        cells.back().begin = middle;
        cells.back().end = end;
    }
    return cells;
}

/// weight_p = sum over the cell's values of the p-th Lagrange polynomial, by the barycentric formula.
void weigh(Cell& cell, const arma::vec& z) {
    std::array<double, nodes> barycentric{};
    for (std::size_t p = 0; p < nodes; ++p)
        barycentric[p] = (p % 2 == 0 ? 1.0 : -1.0) *
                         std::sin(std::numbers::pi * (static_cast<double>(p) + 0.5) / static_cast<double>(nodes));
    for (std::size_t i = cell.begin; i < cell.end; ++i) {
        const double s = (z(i) - cell.centre) / cell.radius;
        std::array<double, nodes> share{};
        double total = 0.0;
        std::size_t hit = nodes;
        for (std::size_t p = 0; p < nodes; ++p) {
            const double distance = s - Cell::unit_node(p);
            if (distance == 0.0) hit = p;
            share[p] = barycentric[p] / distance;
            total += share[p];
        }
        if (hit < nodes) {
            cell.weight[hit] += 1.0;
            continue;
        }
        for (std::size_t p = 0; p < nodes; ++p)
            cell.weight[p] += share[p] / total;
    }
}

double far_sum(const Cell& a, const Cell& b) {
    double sum = 0.0;
    for (std::size_t p = 0; p < nodes; ++p) {
        double inner = 0.0;
        for (std::size_t q = 0; q < nodes; ++q)
            inner += b.weight[q] * kernel(a.node(p) - b.node(q));
        sum += a.weight[p] * inner;
    }
    return sum;
}

double near_sum(const Cell& a, const Cell& b, const arma::vec& z) {
    double sum = 0.0;
    for (std::size_t i = a.begin; i < a.end; ++i)
        sum += row_sum(z(i), z.memptr(), a.begin == b.begin ? i + 1 : b.begin, b.end);
    return sum;
}

using Pair = std::pair<std::size_t, std::size_t>;

/// Splits all pairs of values into pairs of cells, apart (far) or not (near).
void pair_up(const std::vector<Cell>& cells, std::vector<Pair>& near, std::vector<Pair>& far) {
    std::vector<Pair> open{{0, 0}};
    while (!open.empty()) {
        const auto [a, b] = open.back();
        open.pop_back();
        const Cell& one = cells[a];
        const Cell& other = cells[b];
        if (a == b) {
            if (one.left == 0) {
                near.emplace_back(a, b);
            } else {
                open.emplace_back(one.left, one.left);
                open.emplace_back(one.left + 1, one.left + 1);
                open.emplace_back(one.left, one.left + 1);
            }
            continue;
        }
        if (other.centre - one.centre >= separation * std::max(one.radius, other.radius)) {
            far.emplace_back(a, b);
        } else if (one.left == 0 && other.left == 0) {
            near.emplace_back(a, b);
        } else if (other.left == 0 || (one.left != 0 && one.radius >= other.radius)) {
            open.emplace_back(one.left, b);
            open.emplace_back(one.left + 1, b);
        } else {
            open.emplace_back(a, other.left);
            open.emplace_back(a, other.left + 1);
        }
    }
}

template <typename Term>
double sum_of_pieces(std::size_t count, std::size_t piece, const Term& term) {
    std::vector<double> sums((count + piece - 1) / piece, 0.0);
    base::parallel_for(sums.size(), [&](std::size_t k) {
        for (std::size_t i = k * piece; i < std::min(count, (k + 1) * piece); ++i)
            sums[k] += term(i);
    });
    double total = 0.0;
    for (const double sum : sums)
        total += sum;
    return total;
}

} // namespace

double cauchy_pair_sum_exact(const arma::vec& z) {
    return sum_of_pieces(z.n_elem, 256, [&](std::size_t i) { return row_sum(z(i), z.memptr(), i + 1, z.n_elem); });
}

double cauchy_pair_sum(const arma::vec& z) {
    constexpr std::size_t small = 4096;
    if (z.n_elem <= small) return cauchy_pair_sum_exact(z);
    const arma::vec sorted = arma::sort(z);
    std::vector<Cell> cells = cells_of(sorted);
    base::parallel_for(cells.size(), [&](std::size_t c) { weigh(cells[c], sorted); });
    std::vector<Pair> near;
    std::vector<Pair> far;
    pair_up(cells, near, far);
    return sum_of_pieces(near.size(), 16,
                         [&](std::size_t i) { return near_sum(cells[near[i].first], cells[near[i].second], sorted); }) +
           sum_of_pieces(far.size(), 256,
                         [&](std::size_t i) { return far_sum(cells[far[i].first], cells[far[i].second]); });
}

} // namespace limsym::stable
