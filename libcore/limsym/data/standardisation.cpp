#include "limsym/data/standardisation.hpp"

#include <cmath>

namespace limsym::data {

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
    return {arma::rowvec(columns, arma::fill::zeros), arma::rowvec(columns, arma::fill::ones), {}};
}

arma::mat Standardisation::apply(const arma::mat& x) const {
    arma::mat result(x.n_rows, x.n_cols, arma::fill::none);
    for (arma::uword j = 0; j < x.n_cols; ++j)
        for (arma::uword i = 0; i < x.n_rows; ++i)
            result(i, j) = (x(i, j) - mean(j)) / scale(j);
    return result;
}

} // namespace limsym::data
