// Hill's estimator of the index of a tail (B. M. Hill, Annals of Statistics 3, 1975).
#pragma once

#include <armadillo>
#include <cstddef>
#include <vector>

namespace limsym::stable {

struct HillEstimate {
    std::size_t k = 0;      ///< order statistics above the threshold |X|_(k+1)
    double alpha_hat = 0.0; ///< k / sum_{i<=k} log(|X|_(i) / |X|_(k+1))
    double se = 0.0;        ///< alpha_hat / sqrt(k)
};

/// The distinct integers round(10 (n/20)^(j/19)), j = 0..19: from 10 to n/2, evenly in log k. n >= 40.
[[nodiscard]] std::vector<std::size_t> default_hill_counts(std::size_t n);

/// One estimate for every k, in the order given.
/// @param counts each 1 <= k < n @throws WorkError when |X|_(k+1) is 0 or the k largest are all equal to it
[[nodiscard]] std::vector<HillEstimate> hill_estimates(const arma::vec& values, const std::vector<std::size_t>& counts);

} // namespace limsym::stable
