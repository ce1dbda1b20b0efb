// Dual activations over blocks of rows and columns: what the tile engine runs between two affine layers.
#pragma once

#include <armadillo>
#include <cstddef>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "limsym/kernel/closed_forms.hpp"
#include "limsym/kernel/column_kernels.hpp"
#include "limsym/kernel/dual_table.hpp"
#include "limsym/kernel/hermite_series.hpp"
#include "limsym/network/activation.hpp"

namespace limsym::kernel {

/// sum_m coefficients[m] x^m: F = sum_j alpha_j(q1) alpha_j(q2) c^j (Isserlis, separated).
struct PolynomialForm {
    std::vector<double> coefficients;
};
/// Everything else: F = sum_k a_k(q1) a_k(q2) rho^k.
struct SeriesForm {
    std::shared_ptr<const HermiteSeries> series;
};

/// Functions with kinks and no closed form.
struct TableForm {
    std::shared_ptr<const DualTable> table;
};

/// An activation made ready for tiles. Cheap to copy.
struct DualBlock {
    std::variant<ClosedForm, PolynomialForm, SeriesForm, TableForm> form;

    /// Are the row data of prepare_rows dear enough to be kept?
    [[nodiscard]] bool keeps_rows() const {
        return std::holds_alternative<SeriesForm>(form) || std::holds_alternative<TableForm>(form);
    }
};

/// @param largest_variance that the activation will meet, for the choice of a series
/// @param tolerance wanted error bound of a series
[[nodiscard]] DualBlock make_dual_block(const network::Activation& activation, double largest_variance,
                                        double tolerance);
/// The same by a table, where a series would converge too slowly: activations with kinks and no closed form.
/// @param smallest, largest of the variances > 0 that the activation will meet
[[nodiscard]] DualBlock make_table_block(const network::Activation& activation, double smallest, double largest,
                                         double tolerance);
/// The polynomial that an activation is (monomial, polynomial, hermite), lowest degree first, or nothing.
[[nodiscard]] std::optional<std::vector<double>> polynomial_coefficients(const network::Activation& activation);

/// What a block needs of each row, from the rows' variances.
template <typename T>
struct DualRows {
    std::vector<T> variance;
    std::vector<T> root;
    std::vector<T> inverse;   ///< arc and series: 1/sqrt(q), 0 for q = 0; erf: 1/sqrt(1 + 2 b^2 q)
    arma::Mat<T> value_terms; ///< series and tables: rows x terms
    arma::Mat<T> slope_terms;
    std::vector<T> mean; ///< tables: E phi and E phi', what a pair with a row of variance 0 needs
    std::vector<T> mean_slope;
    /// For derivatives by q only. Series: coefficients of phi''; tables: derivatives of value_terms by log q.
    arma::Mat<T> second_terms;
};
template <typename T>
[[nodiscard]] DualRows<T> prepare_rows(const DualBlock& dual, const std::vector<T>& variances, bool with_slope);

/// Of a table, sum of the products of `row_terms` and `column_terms` at column j; out may be c.
/// @param row_means, column_means whose product stands where a variance is 0; nullptr: 0 there
template <typename T>
void table_column(const std::vector<TermCount>& counts, const DualRows<T>& rows, const arma::Mat<T>& row_terms,
                  const std::vector<T>* row_means, std::size_t first, const DualRows<T>& columns,
                  const arma::Mat<T>& column_terms, const std::vector<T>* column_means, std::size_t j, const T* c,
                  T* out);

/// Column j of `columns` against the rows from `first` on: applies the affine map, then c := F and theta *= D.
/// @param c, theta of row `first`; theta is nullptr when no NTK is wanted @param scratch as long as c
template <typename T>
void apply_column(const DualBlock& dual, const DualRows<T>& rows, std::size_t first, const DualRows<T>& columns,
                  std::size_t j, const ColumnAffine<T>& affine, T* c, T* theta, T* scratch);

/// F(q, q, q) and D(q, q, q) by formulas of their own: q[i] := F, slope[i] := D.
template <typename T>
void apply_diagonal(const DualBlock& dual, std::vector<T>& q, std::vector<T>& slope);

/// F with its derivatives for one pair of different inputs.
struct DualPartials {
    double value;
    double by_q1;
    double by_q2;
    double by_c;
};
/// @param c within [-sqrt(q1 q2), sqrt(q1 q2)]
[[nodiscard]] DualPartials closed_partials(const ClosedForm& form, double q1, double q2, double c);

/// F of pairs of different rows and its partial derivatives, one array entry a row.
struct DualGradients {
    arma::vec value;
    arma::vec by_row_variance;
    arma::vec by_column_variance;
    arma::vec by_covariance;
    explicit DualGradients(std::size_t rows)
        : value(rows), by_row_variance(rows), by_column_variance(rows), by_covariance(rows) {}
};
/// As prepare_rows, with what column_gradients needs.
[[nodiscard]] DualRows<double> prepare_gradient_rows(const DualBlock& dual, const std::vector<double>& variances);
/// Column j against the rows from `first` on; c of row `first`. dF/dq1 = E phi''(u) phi(v) / 2 (Price).
void column_gradients(const DualBlock& dual, const DualRows<double>& rows, std::size_t first,
                      const DualRows<double>& columns, std::size_t j, const double* c, DualGradients& out);
/// dF(q, q, q)/dq.
[[nodiscard]] double diagonal_gradient(const DualBlock& dual, double q);

} // namespace limsym::kernel
