#include "limsym/stable/tail_index.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>

#include "limsym/base/error.hpp"

namespace limsym::stable {

std::vector<std::size_t> default_hill_counts(std::size_t n) {
    constexpr int points = 20;
    std::vector<std::size_t> counts;
    for (int j = 0; j < points; ++j) {
        const double k = 10.0 * std::pow(static_cast<double>(n) / 20.0, static_cast<double>(j) / (points - 1));
        const auto rounded = static_cast<std::size_t>(std::llround(k));
        if (rounded >= 1 && rounded < n && (counts.empty() || rounded > counts.back())) counts.push_back(rounded);
    }
    return counts;
}

std::vector<HillEstimate> hill_estimates(const arma::vec& values, const std::vector<std::size_t>& counts) {
    if (counts.empty()) return {};
    const std::size_t largest = *std::max_element(counts.begin(), counts.end());
    if (largest >= values.n_elem) throw std::logic_error("hill_estimates: k is not below the number of values");
    arma::vec sizes = arma::abs(values);
    std::partial_sort(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(largest) + 1, sizes.end(),
                      std::greater<>());
    // Logarithms relative to the largest value, so that the sums lose nothing to its size.
    arma::vec log_sums(largest + 1);
    double sum = 0.0;
    for (std::size_t i = 0; i <= largest; ++i) {
        log_sums(i) = sum;
        sum += sizes(i) > 0.0 ? std::log(sizes(i)) - std::log(sizes(0)) : 0.0;
    }
    std::vector<HillEstimate> estimates;
    estimates.reserve(counts.size());
    for (const std::size_t k : counts) {
        const double threshold = sizes(k);
        const std::string place = "k = " + std::to_string(k);
        if (threshold == 0.0)
            throw base::WorkError(place,
                                  "the value of rank k+1 is 0, so that the ratios do not exist; try a smaller k");
        const double count = static_cast<double>(k);
        const double total = log_sums(k) - count * (std::log(threshold) - std::log(sizes(0)));
        if (!(total > 0.0) || sizes(0) == threshold)
            throw base::WorkError(place, "the largest values are all equal, so that no tail is seen; try a larger k");
        estimates.push_back({k, count / total, std::sqrt(count) / total});
    }
    return estimates;
}

} // namespace limsym::stable
