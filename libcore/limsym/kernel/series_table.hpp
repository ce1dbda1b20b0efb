// Hermite coefficients and second moments of an activation as functions of the variance, tabulated (octave_table.hpp).
#pragma once

#include <armadillo>
#include <memory>
#include <vector>

#include "limsym/kernel/hermite_series.hpp"
#include "limsym/kernel/octave_table.hpp"

namespace limsym::kernel {

class SeriesTable {
public:
    explicit SeriesTable(std::shared_ptr<const HermiteSeries> series);

    /// As HermiteSeries::coefficients.
    void coefficients(const std::vector<double>& variances, arma::mat& value, arma::mat* slope) const;
    [[nodiscard]] SecondMoments moments(double variance) const;

private:
    std::shared_ptr<const HermiteSeries> series_;
    OctaveTable table_;
};

} // namespace limsym::kernel
