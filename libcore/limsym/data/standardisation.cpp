#include "limsym/data/standardisation.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "limsym/base/error.hpp"

namespace limsym::data {

namespace {

/// The largest entry is taken out first, so that no square leaves the range of doubles.
void scale_rows_to_length_one(arma::mat& x) {
    for (arma::uword i = 0; i < x.n_rows; ++i) {
        double largest = 0.0;
        for (arma::uword j = 0; j < x.n_cols; ++j)
            largest = std::max(largest, std::abs(x(i, j)));
        if (largest == 0.0)
            throw base::InputError("--unit-norm", "data row " + std::to_string(i + 1) +
                                                      " is 0 in every feature; expected a row with a direction");
        double squares = 0.0;
        for (arma::uword j = 0; j < x.n_cols; ++j) {
            x(i, j) /= largest;
            squares += x(i, j) * x(i, j);
        }
        const double length = std::sqrt(squares);
        for (arma::uword j = 0; j < x.n_cols; ++j)
            x(i, j) /= length;
    }
}

} // namespace

Standardisation Standardisation::of(const arma::mat& x) {
    Standardisation result = none(x.n_cols);
    const auto count = static_cast<double>(x.n_rows);
    for (arma::uword j = 0; j < x.n_cols; ++j) {
        const double* column = x.colptr(j);
        bool varies = false;
        double sum = 0.0;
        for (arma::uword i = 0; i < x.n_rows; ++i) {
            varies = varies || column[i] != column[0];
            sum += column[i];
        }
        if (!varies) {
            result.mean(j) = column[0];
            result.constant.push_back(j);
            continue;
        }
        const double mean = sum / count;
        double squares = 0.0;
        for (arma::uword i = 0; i < x.n_rows; ++i)
            squares += (column[i] - mean) * (column[i] - mean);
        result.mean(j) = mean;
        result.scale(j) = std::sqrt(squares / count);
    }
    return result;
}

Standardisation Standardisation::none(std::size_t columns) {
    return {arma::rowvec(columns, arma::fill::zeros), arma::rowvec(columns, arma::fill::ones), {}, false};
}

arma::mat Standardisation::apply(const arma::mat& x) const {
    arma::mat result(x.n_rows, x.n_cols, arma::fill::none);
    for (arma::uword j = 0; j < x.n_cols; ++j)
        for (arma::uword i = 0; i < x.n_rows; ++i)
            result(i, j) = (x(i, j) - mean(j)) / scale(j);
    if (unit_norm) scale_rows_to_length_one(result);
    return result;
}

} // namespace limsym::data
