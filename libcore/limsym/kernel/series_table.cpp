#include "limsym/kernel/series_table.hpp"

#include <array>

namespace limsym::kernel {

namespace {

// Columns: a_k, then d_k, then the second moments.
arma::mat exact(const HermiteSeries& series, const std::vector<double>& variances) {
    const std::size_t terms = series.terms();
    arma::mat result(variances.size(), 2 * terms + 3);
    arma::mat value;
    arma::mat slope;
    series.coefficients(variances, value, &slope);
    result.cols(0, terms - 1) = value;
    result.cols(terms, 2 * terms - 1) = slope;
    for (std::size_t i = 0; i < variances.size(); ++i) {
        const SecondMoments moments = second_moments(series.function(), series.kinks(), variances[i]);
        result(i, 2 * terms) = moments.value;
        result(i, 2 * terms + 1) = moments.slope;
        result(i, 2 * terms + 2) = moments.mixed;
    }
    return result;
}

} // namespace

SeriesTable::SeriesTable(std::shared_ptr<const HermiteSeries> series)
    : series_(std::move(series)),
      table_([of = series_](const std::vector<double>& variances) { return exact(*of, variances); }) {}

void SeriesTable::coefficients(const std::vector<double>& variances, arma::mat& value, arma::mat* slope) const {
    const std::size_t terms = series_->terms();
    value.set_size(variances.size(), terms);
    if (slope != nullptr) slope->set_size(variances.size(), terms);
    std::vector<double> row(2 * terms);
    for (std::size_t i = 0; i < variances.size(); ++i) {
        table_.interpolate(variances[i], 0, slope != nullptr ? 2 * terms : terms, row.data());
        for (std::size_t k = 0; k < terms; ++k) {
            value(i, k) = row[k];
            if (slope != nullptr) (*slope)(i, k) = row[terms + k];
        }
    }
}

SecondMoments SeriesTable::moments(double variance) const {
    std::array<double, 3> out{};
    table_.interpolate(variance, 2 * series_->terms(), 3, out.data());
    return {out[0], out[1], out[2]};
}

} // namespace limsym::kernel
