#include "limsym/numerics/ranking.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>

namespace limsym::numerics {

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
