// What depends on the order of numbers alone: how well a score separates two groups, rank correlation.
#pragma once

#include <vector>

namespace limsym::numerics {

/// The positive group is to have the higher scores.
struct Separation {
    double auroc = 0.0; ///< P(positive > negative) + P(equal)/2: area under the receiver operating characteristic
    double aupr = 0.0;  ///< average precision: sum over distinct thresholds, downwards, of (R_k - R_{k-1}) P_k
    double fpr95 = 0.0; ///< share of negatives at or above the largest threshold that keeps >= 95 % of the positives
};

/// @param negatives, positives finite scores, at least one each
[[nodiscard]] Separation separation(std::vector<double> negatives, std::vector<double> positives);

/// Spearman's rank correlation, ranks of equal values averaged; 0 when one of the two does not vary.
[[nodiscard]] double spearman_correlation(const std::vector<double>& x, const std::vector<double>& y);

} // namespace limsym::numerics
