#include "limsym/symmetry/symmetric_matrix.hpp"

#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::symmetry {

arma::mat checked_symmetric(const arma::mat& matrix, bool symmetrise, const std::string& place) {
    if (!matrix.is_square())
        throw base::InputError(place, "the matrix has " + std::to_string(matrix.n_rows) + " rows and " +
                                          std::to_string(matrix.n_cols) + " columns; expected a square one");
    const double allowed = symmetry_tolerance * arma::abs(matrix).max();
    arma::mat result(arma::size(matrix), arma::fill::none);
    for (arma::uword j = 0; j < matrix.n_cols; ++j)
        for (arma::uword i = 0; i <= j; ++i) {
            const double upper = matrix(i, j);
            const double lower = matrix(j, i);
            if (!symmetrise && std::abs(upper - lower) > allowed)
                throw base::InputError(place, "the matrix is not symmetric: entry (" + std::to_string(i + 1) + "," +
                                                  std::to_string(j + 1) + ") is " + base::number_text(upper) + ", (" +
                                                  std::to_string(j + 1) + "," + std::to_string(i + 1) + ") is " +
                                                  base::number_text(lower) + "; --symmetrise takes the mean");
            result(i, j) = result(j, i) = upper == lower ? upper : 0.5 * upper + 0.5 * lower;
        }
    return result;
}

} // namespace limsym::symmetry
