#include "limsym/numerics/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>

namespace limsym::numerics {

namespace {

/// Ranks minus their mean.
std::vector<double> centred_ranks(const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> ranks(values.size());
    const double mean = 0.5 * (static_cast<double>(values.size()) - 1);
    for (std::size_t first = 0; first < order.size();) {
        std::size_t last = first;
        while (last < order.size() && values[order[last]] == values[order[first]])
            ++last;
        for (std::size_t k = first; k < last; ++k)
            ranks[order[k]] = 0.5 * static_cast<double>(first + last - 1) - mean;
        first = last;
    }
    return ranks;
}

} // namespace

double spearman_correlation(const std::vector<double>& x, const std::vector<double>& y) {
    const std::vector<double> a = centred_ranks(x);
    const std::vector<double> b = centred_ranks(y);
    const double aa = std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
    const double bb = std::inner_product(b.begin(), b.end(), b.begin(), 0.0);
    const double ab = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
    return aa > 0 && bb > 0 ? ab / (std::sqrt(aa) * std::sqrt(bb)) : 0.0;
}

Separation separation(std::vector<double> negatives, std::vector<double> positives) {
    std::sort(negatives.begin(), negatives.end(), std::greater<>());
    std::sort(positives.begin(), positives.end(), std::greater<>());
    const auto n = static_cast<double>(negatives.size());
    const auto p = static_cast<double>(positives.size());
    Separation result;
    double beaten = 0.0; // pairs with the positive above, ties half
    std::size_t i = 0;   // negatives and positives above the threshold
    std::size_t j = 0;
    while (j < positives.size()) {
        const double threshold = i < negatives.size() ? std::max(negatives[i], positives[j]) : positives[j];
        const std::size_t i0 = i;
        const std::size_t j0 = j;
        while (i < negatives.size() && negatives[i] == threshold)
            ++i;
        while (j < positives.size() && positives[j] == threshold)
            ++j;
        const auto here = static_cast<double>(j - j0);
        beaten += here * (static_cast<double>(negatives.size() - i) + 0.5 * static_cast<double>(i - i0));
        result.aupr += here / p * static_cast<double>(j) / static_cast<double>(i + j);
    }
    result.auroc = beaten / (n * p);
    const std::size_t kept = (95 * positives.size() + 99) / 100; // ceil(0.95 p) without rounding
    const double threshold = positives[kept - 1];
    const auto above = std::partition_point(negatives.begin(), negatives.end(),
                                            [threshold](double score) { return score >= threshold; });
    result.fpr95 = static_cast<double>(above - negatives.begin()) / n;
    return result;
}

} // namespace limsym::numerics
