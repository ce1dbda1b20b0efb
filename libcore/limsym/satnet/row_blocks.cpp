#include "limsym/satnet/row_blocks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace limsym::satnet {

arma::mat exchange_distances(const arma::mat& matrix) {
    const std::size_t n = matrix.n_rows;
    arma::mat distances(n, n, arma::fill::zeros);
    for (std::size_t j = 0; j < n; ++j)
        for (std::size_t i = 0; i < j; ++i) {
            const double* left = matrix.colptr(i);
            const double* right = matrix.colptr(j);
            const double diagonal = left[i] - right[j];
            double sum = diagonal * diagonal;
            for (std::size_t k = 0; k < n; ++k)
                if (k != i && k != j) sum += (left[k] - right[k]) * (left[k] - right[k]);
            distances(i, j) = distances(j, i) = std::sqrt(sum / static_cast<double>(n - 1));
        }
    return distances;
}

std::vector<double> jump_thresholds(const arma::mat& distances, std::size_t most) {
    struct Jump {
        double ratio, threshold;
    };
    std::vector<double> sorted;
    for (arma::uword j = 0; j < distances.n_cols; ++j)
        for (arma::uword i = 0; i < j; ++i)
            sorted.push_back(distances(i, j));
    std::sort(sorted.begin(), sorted.end());
    const double rounding = 1e-13 * (sorted.empty() ? 0.0 : sorted.back());
    std::vector<Jump> jumps;
    for (std::size_t k = 1; k < sorted.size(); ++k) {
        const double low = std::max(sorted[k - 1], rounding);
        if (sorted[k] > low) jumps.push_back({sorted[k] / low, std::sqrt(sorted[k] * low)});
    }
    std::stable_sort(jumps.begin(), jumps.end(), [](const Jump& a, const Jump& b) { return a.ratio > b.ratio; });
    if (jumps.size() > most) jumps.resize(most);
    std::vector<double> thresholds;
    for (const Jump& jump : jumps)
        thresholds.push_back(jump.threshold);
    std::sort(thresholds.begin(), thresholds.end());
    return thresholds;
}

RowBlocks linked_rows(const arma::mat& distances, double threshold) {
    constexpr auto none = std::numeric_limits<std::size_t>::max();
    std::vector<std::size_t> block_of(distances.n_rows, none);
    RowBlocks blocks;
    for (std::uint32_t first = 0; first < distances.n_rows; ++first) {
        if (block_of[first] != none) continue;
        block_of[first] = blocks.size();
        std::vector<std::uint32_t> block{first};
        for (std::size_t k = 0; k < block.size(); ++k)
            for (std::uint32_t other = 0; other < distances.n_rows; ++other)
                if (block_of[other] == none && distances(block[k], other) <= threshold) {
                    block_of[other] = blocks.size();
                    block.push_back(other);
                }
        std::sort(block.begin(), block.end());
        blocks.push_back(std::move(block));
    }
    return blocks;
}

BlockMeans block_means(const arma::mat& matrix, const RowBlocks& blocks) {
    const std::size_t q = blocks.size();
    BlockMeans means{arma::vec(q, arma::fill::zeros), arma::vec(q, arma::fill::zeros),
                     arma::mat(q, q, arma::fill::zeros)};
    for (std::size_t a = 0; a < q; ++a)
        for (std::size_t b = 0; b <= a; ++b) {
            double sum = 0;
            double on_diagonal = 0;
            for (const std::uint32_t i : blocks[a])
                for (const std::uint32_t j : blocks[b])
                    (i == j ? on_diagonal : sum) += matrix(i, j);
            const auto size = static_cast<double>(blocks[a].size());
            if (a == b) {
                means.diagonal[a] = on_diagonal / size;
                if (blocks[a].size() > 1) means.inner[a] = sum / (size * (size - 1));
            } else {
                means.between(a, b) = means.between(b, a) = sum / (size * static_cast<double>(blocks[b].size()));
            }
        }
    return means;
}

RowBlocks block_kinds(const RowBlocks& blocks, const BlockMeans& means, double threshold) {
    const std::size_t q = blocks.size();
    std::vector<std::vector<double>> sorted(q);
    for (std::size_t a = 0; a < q; ++a) {
        for (std::size_t b = 0; b < q; ++b)
            if (a != b) sorted[a].push_back(means.between(a, b));
        std::sort(sorted[a].begin(), sorted[a].end());
    }
    arma::mat distances(q, q, arma::fill::zeros);
    for (std::size_t a = 0; a < q; ++a)
        for (std::size_t b = 0; b < a; ++b) {
            double distance = std::numeric_limits<double>::infinity();
            if (blocks[a].size() == blocks[b].size()) {
                double squares = 0;
                for (std::size_t k = 0; k < sorted[a].size(); ++k)
                    squares += (sorted[a][k] - sorted[b][k]) * (sorted[a][k] - sorted[b][k]);
                distance = std::max({std::abs(means.diagonal[a] - means.diagonal[b]),
                                     std::abs(means.inner[a] - means.inner[b]),
                                     std::sqrt(squares / static_cast<double>(sorted[a].size()))});
            }
            distances(a, b) = distances(b, a) = distance;
        }
    return linked_rows(distances, threshold);
}

} // namespace limsym::satnet
