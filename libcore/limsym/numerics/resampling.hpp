// Quantiles of samples, and intervals by resampling.
#pragma once

#include <armadillo>
#include <cstddef>

#include "limsym/base/random.hpp"

namespace limsym::numerics {

/// Type-7 quantile of ascending values: linear between order statistics, h = (n-1) p.
[[nodiscard]] double sample_quantile(const arma::vec& ascending, double p);

/// A mean and its percentile bootstrap interval.
struct MeanInterval {
    double mean = 0.0;
    double low = 0.0;
    double high = 0.0;
};

/// The quantiles (1 - level)/2 and (1 + level)/2 of the means of `resamples` samples drawn with replacement (Efron and
/// Tibshirani 1993, section 13.3). One value: low = mean = high.
[[nodiscard]] MeanInterval bootstrap_mean(const arma::vec& values, base::RandomStream& stream,
                                          std::size_t resamples = 1000, double level = 0.95);

} // namespace limsym::numerics
