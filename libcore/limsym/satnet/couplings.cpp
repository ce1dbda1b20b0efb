#include "limsym/satnet/couplings.hpp"

#include <algorithm>

namespace limsym::satnet {

template <typename T>
std::size_t order_of(const Couplings<T>& couplings) {
    if (const auto* const sums = std::get_if<SumCouplings<T>>(&couplings)) return sums->table->order;
    if (const auto* const factors = std::get_if<FactorCouplings<T>>(&couplings)) return factors->order;
    return std::get<DenseCouplings<T>>(couplings).order;
}

template <typename T>
Couplings<T> dense_couplings(const arma::mat& C) {
    DenseCouplings<T> result;
    result.order = C.n_rows;
    result.values.resize(C.n_elem);
    for (std::size_t j = 0; j < C.n_cols; ++j) {
        const double* const column = C.colptr(j);
        T* const row = result.values.data() + j * C.n_rows;
        for (std::size_t i = 0; i < C.n_rows; ++i)
            row[i] = static_cast<T>(column[i]);
        row[j] = 0;
    }
    return result;
}

template <typename T>
Couplings<T> factor_couplings(const arma::mat& S) {
    if (2 * S.n_cols >= S.n_rows) {
        const arma::mat C = S * S.t();
        return dense_couplings<T>(C);
    }
    FactorCouplings<T> result;
    result.order = S.n_rows;
    result.factors = S.n_cols;
    result.stride = padded<T>(S.n_cols);
    result.S.resize(result.order * result.stride);
    result.squares.resize(result.order);
    for (std::size_t i = 0; i < S.n_rows; ++i) {
        T* const row = result.S.data() + i * result.stride;
        T square = 0;
        for (std::size_t f = 0; f < S.n_cols; ++f) {
            row[f] = static_cast<T>(S(i, f));
            square += row[f] * row[f];
        }
        result.squares[i] = square;
    }
    return result;
}

template <typename T>
Couplings<T> sum_couplings(std::shared_ptr<const SumTable> table, std::span<const double> values,
                           std::span<const double> upper) {
    SumCouplings<T> result;
    const std::vector<double> coefficients = combine_values(*table, values);
    result.table = std::move(table);
    for (const double c : coefficients)
        result.coefficients.push_back(static_cast<T>(c));
    result.upper.push_back(0);
    for (const double c : upper)
        result.upper.push_back(static_cast<T>(c));
    return result;
}

template std::size_t order_of(const Couplings<double>&);
template std::size_t order_of(const Couplings<float>&);
template Couplings<double> dense_couplings(const arma::mat&);
template Couplings<float> dense_couplings(const arma::mat&);
template Couplings<double> factor_couplings(const arma::mat&);
template Couplings<float> factor_couplings(const arma::mat&);
template Couplings<double> sum_couplings(std::shared_ptr<const SumTable>, std::span<const double>,
                                         std::span<const double>);
template Couplings<float> sum_couplings(std::shared_ptr<const SumTable>, std::span<const double>,
                                        std::span<const double>);

} // namespace limsym::satnet
