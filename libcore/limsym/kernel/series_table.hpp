// Hermite coefficients and second moments of an activation as functions of the variance, tabulated.
//
// They are analytic in q away from the negative axis: 24 Chebyshev points on each octave [2^k, 2^(k+1)] give them to
// the last bits, at a hundredth of the cost of the integrals. Octaves are filled when they are first asked for.
#pragma once

#include <armadillo>
#include <cstddef>
#include <map>
#include <memory>
#include <shared_mutex>
#include <vector>

#include "limsym/kernel/hermite_series.hpp"

namespace limsym::kernel {

class SeriesTable {
public:
    explicit SeriesTable(std::shared_ptr<const HermiteSeries> series) : series_(std::move(series)) {}

    /// As HermiteSeries::coefficients.
    void coefficients(const std::vector<double>& variances, arma::mat& value, arma::mat* slope) const;
    [[nodiscard]] SecondMoments moments(double variance) const;

private:
    /// Columns: a_k, then d_k, then the second moments; rows: points.
    using Octave = arma::mat;

    void interpolate(double variance, std::size_t first, std::size_t count, double* out) const;
    [[nodiscard]] const Octave& octave(int exponent) const;
    [[nodiscard]] arma::mat exact(const std::vector<double>& variances) const;

    std::shared_ptr<const HermiteSeries> series_;
    mutable std::shared_mutex mutex_;
    mutable std::map<int, std::unique_ptr<const Octave>> octaves_;
};

} // namespace limsym::kernel
