#include "limsym/kernel/matrix_check.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "limsym/base/error.hpp"
#include "limsym/numerics/eigen.hpp"

namespace limsym::kernel {

MatrixCheck check_matrix(const arma::mat& k, double tolerance) {
    MatrixCheck result;
    double largest = 0.0;
    for (std::size_t j = 0; j < k.n_cols; ++j) {
        for (std::size_t i = 0; i < k.n_rows; ++i) {
            largest = std::max(largest, std::abs(k(i, j)));
            if (i > j) result.asymmetry = std::max(result.asymmetry, std::abs(k(i, j) - k(j, i)));
        }
    }
    result.symmetric = result.asymmetry <= tolerance * largest;
    const arma::vec values = numerics::symmetric_eigen(k, false).values;
    result.min_eig = values.front();
    result.max_eig = values.back();
    if (result.min_eig > 0) result.cond = result.max_eig / result.min_eig;
    result.psd = result.min_eig >= -tolerance * result.max_eig;
    return result;
}

Comparison compare_matrices(const arma::mat& a, const arma::mat& reference, double rtol, double atol) {
    const auto shape = [](const arma::mat& m) { return std::to_string(m.n_rows) + "x" + std::to_string(m.n_cols); };
    if (a.n_rows != reference.n_rows || a.n_cols != reference.n_cols)
        throw base::InputError("the matrix is " + shape(a) + " and --against is " + shape(reference) +
                               "; expected the same shape");
    Comparison result;
    for (std::size_t i = 0; i < a.n_rows; ++i) {
        for (std::size_t j = 0; j < a.n_cols; ++j) {
            const double difference = std::abs(a(i, j) - reference(i, j));
            const double size = std::abs(reference(i, j));
            if (difference > atol + rtol * size) result.equal = false;
            if (size > 0) result.max_rel = std::max(result.max_rel, difference / size);
            if (difference > result.max_abs) {
                result.max_abs = difference;
                result.at = {i, j};
            }
        }
    }
    return result;
}

} // namespace limsym::kernel
