// The coupling matrix C of the layer in the form in which sweeps use it. Order n + 1 + aux; row and column 0 belong to
// the truth variable; the diagonal never matters. T = double or float.
#pragma once

#include <armadillo>
#include <cstddef>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "limsym/satnet/sum_table.hpp"
#include "limsym/satnet/vector_rows.hpp"

namespace limsym::satnet {

/// The matrix itself, zero on the diagonal.
template <typename T>
struct DenseCouplings {
    std::size_t order = 0;
    std::vector<T> values; ///< order x order, symmetric
};

/// C = S S^T off the diagonal with S order x factors: cheaper than C when there are few factors.
template <typename T>
struct FactorCouplings {
    std::size_t order = 0;
    std::size_t factors = 0;
    std::size_t stride = 0; ///< from one row of S to the next
    AlignedArray<T> S;
    std::vector<T> squares; ///< |S_i|^2
};

/// An equivariant C through sums of vectors.
template <typename T>
struct SumCouplings {
    std::shared_ptr<const SumTable> table;
    std::vector<T> coefficients;
    std::vector<T> upper; ///< C_0i by variable, [order], upper[0] = 0
};

template <typename T>
using Couplings = std::variant<DenseCouplings<T>, FactorCouplings<T>, SumCouplings<T>>;

template <typename T>
[[nodiscard]] std::size_t order_of(const Couplings<T>& couplings);

/// @param C symmetric
template <typename T>
[[nodiscard]] Couplings<T> dense_couplings(const arma::mat& C);
/// The cheaper of the two forms of S S^T: factors when they are fewer than half the order.
template <typename T>
[[nodiscard]] Couplings<T> factor_couplings(const arma::mat& S);
/// @param values of the table's parameters @param upper C_0i for i = 1.., one fewer than the table's order
template <typename T>
[[nodiscard]] Couplings<T> sum_couplings(std::shared_ptr<const SumTable> table, std::span<const double> values,
                                         std::span<const double> upper);

} // namespace limsym::satnet
