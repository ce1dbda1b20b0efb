// Derivatives of dual activations by variances and covariance.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "limsym/kernel/dual_block.hpp"
#include "limsym/kernel/separated_polynomial.hpp"

namespace limsym::kernel {

namespace {

// F is homogeneous in (u, v): q1 dF/dq1 = (degree F - c dF/dc)/2, q2 alike.
DualPartials homogeneous(double degree, double value, double by_c, double q1, double q2, double c) {
    const double rest = degree * value - c * by_c;
    return {value, q1 > 0 ? rest / (2 * q1) : 0.0, q2 > 0 ? rest / (2 * q2) : 0.0, by_c};
}

DualPartials partials(const ArcForm& form, double q1, double q2, double c) {
    const Dual<double> dual = evaluate(form, q1, q2, c);
    return homogeneous(1.0, dual.value, dual.derivative, q1, q2, c);
}
DualPartials partials(const StepForm& form, double q1, double q2, double c) {
    const double sine = std::sqrt(sine_squared(q1, q2, c));
    const double by_c = sine > 0 ? form.value / sine : 0.0;
    const Dual<double> dual = evaluate(form, q1, q2, c);
    return homogeneous(0.0, dual.value, by_c, q1, q2, c);
}
DualPartials partials(const RectifiedForm& form, double q1, double q2, double c) {
    const Dual<double> dual = evaluate(form, q1, q2, c);
    return homogeneous(form.degree, dual.value, dual.derivative, q1, q2, c);
}
template <typename Form>
DualPartials partials(const Form& form, double q1, double q2, double c) {
    const Jet value = evaluate(form, Jet::variable(q1, 0), Jet::variable(q2, 1), Jet::variable(c, 2)).value;
    return {value.value, value.slope[0], value.slope[1], value.slope[2]};
}

// E phi''(sqrt(q) z) he_k = sqrt(k+1) d_{k+1} / sqrt(q)
arma::mat second_from_slope(const arma::mat& slope, const std::vector<double>& variances) {
    arma::mat second(slope.n_rows, slope.n_cols, arma::fill::zeros);
    for (std::size_t k = 0; k + 1 < slope.n_cols; ++k) {
        const double factor = std::sqrt(static_cast<double>(k) + 1.0);
        for (std::size_t i = 0; i < slope.n_rows; ++i) {
            if (variances[i] > 0) second(i, k) = factor * slope(i, k + 1) / std::sqrt(variances[i]);
        }
    }
    return second;
}

// At fixed c the angle moves with q1 too: dF/dq1 = (dF/d log q1 - c D/2)/q1.
void table_gradients(const DualTable& table, const DualRows<double>& rows, std::size_t first,
                     const DualRows<double>& columns, std::size_t j, const double* c, DualGradients& out) {
    const auto sum = [&](const std::vector<TermCount>& counts, const arma::mat& of_row, const arma::mat& of_column,
                         const std::vector<double>* row_means, const std::vector<double>* column_means,
                         arma::vec& result) {
        table_column(counts, rows, of_row, row_means, first, columns, of_column, column_means, j, c, result.memptr());
    };
    sum(table.value_counts(), rows.value_terms, columns.value_terms, &rows.mean, &columns.mean, out.value);
    sum(table.derivative_counts(), rows.slope_terms, columns.slope_terms, &rows.mean_slope, &columns.mean_slope,
        out.by_covariance);
    sum(table.value_counts(), rows.second_terms, columns.value_terms, nullptr, nullptr, out.by_row_variance);
    sum(table.value_counts(), rows.value_terms, columns.second_terms, nullptr, nullptr, out.by_column_variance);
    for (std::size_t i = 0; i + first < rows.variance.size(); ++i) {
        const double q1 = rows.variance[first + i];
        const double q2 = columns.variance[j];
        const bool both = q1 > 0 && q2 > 0;
        const double shared = 0.5 * c[i] * out.by_covariance[i];
        out.by_row_variance[i] = both ? (out.by_row_variance[i] - shared) / q1 : 0.0;
        out.by_column_variance[i] = both ? (out.by_column_variance[i] - shared) / q2 : 0.0;
    }
}

std::vector<double> column_of(const arma::mat& terms, std::size_t j) {
    std::vector<double> column(terms.n_cols);
    for (std::size_t k = 0; k < terms.n_cols; ++k)
        column[k] = terms(j, k);
    return column;
}

} // namespace

DualPartials closed_partials(const ClosedForm& form, double q1, double q2, double c) {
    return std::visit([&](const auto& f) { return partials(f, q1, q2, c); }, form);
}

DualRows<double> prepare_gradient_rows(const DualBlock& dual, const std::vector<double>& variances) {
    DualRows<double> rows = prepare_rows(dual, variances, true);
    if (const auto* polynomial = std::get_if<PolynomialForm>(&dual.form))
        rows.second_terms = separate(derivative_of(derivative_of(polynomial->coefficients)), variances);
    else if (std::holds_alternative<SeriesForm>(dual.form))
        rows.second_terms = second_from_slope(rows.slope_terms, variances);
    else if (const auto* tabulated = std::get_if<TableForm>(&dual.form))
        tabulated->table->rows(variances, rows.value_terms, nullptr, &rows.second_terms);
    return rows;
}

void column_gradients(const DualBlock& dual, const DualRows<double>& rows, std::size_t first,
                      const DualRows<double>& columns, std::size_t j, const double* c, DualGradients& out) {
    const std::size_t n = rows.variance.size() - first;
    if (const auto* closed = std::get_if<ClosedForm>(&dual.form)) {
        std::visit(
            [&](const auto& form) {
                for (std::size_t i = 0; i < n; ++i) {
                    const double bound = rows.root[first + i] * columns.root[j];
                    const DualPartials result =
                        partials(form, rows.variance[first + i], columns.variance[j], std::clamp(c[i], -bound, bound));
                    out.value[i] = result.value;
                    out.by_row_variance[i] = result.by_q1;
                    out.by_column_variance[i] = result.by_q2;
                    out.by_covariance[i] = result.by_c;
                }
            },
            *closed);
        return;
    }
    if (const auto* tabulated = std::get_if<TableForm>(&dual.form)) {
        table_gradients(*tabulated->table, rows, first, columns, j, c, out);
        return;
    }
    const auto& kernels = column_kernels<double>();
    const std::size_t stride = rows.variance.size();
    const bool correlation = std::holds_alternative<SeriesForm>(dual.form);
    const double* inverse = correlation ? rows.inverse.data() + first : nullptr;
    // Factors of unequal length pair term by term as far as both go.
    const auto sum = [&](const arma::mat& left, const arma::mat& right, double factor, arma::vec& result) {
        std::vector<double> column = column_of(right, j);
        const std::size_t terms = std::min<std::size_t>(column.size(), left.n_cols);
        kernels.series(n, terms, stride, left.memptr() + first, column.data(), inverse, columns.inverse[j], c,
                       result.memptr());
        for (std::size_t i = 0; i < n; ++i)
            result[i] *= factor;
    };
    sum(rows.value_terms, columns.value_terms, 1.0, out.value);
    sum(rows.slope_terms, columns.slope_terms, 1.0, out.by_covariance);
    sum(rows.second_terms, columns.value_terms, 0.5, out.by_row_variance);
    sum(rows.value_terms, columns.second_terms, 0.5, out.by_column_variance);
}

double diagonal_gradient(const DualBlock& dual, double q) {
    if (const auto* closed = std::get_if<ClosedForm>(&dual.form)) {
        return std::visit(
            [&](const auto& form) -> double {
                using Form = std::decay_t<decltype(form)>;
                if constexpr (std::is_same_v<Form, ArcForm>) {
                    return form.h;
                } else if constexpr (std::is_same_v<Form, StepForm>) {
                    return 0.0;
                } else if constexpr (std::is_same_v<Form, RectifiedForm>) {
                    return form.degree == 2 ? 3 * q : 22.5 * q * q;
                } else {
                    const Jet v = Jet::variable(q, 0);
                    return evaluate(form, v, v, v).value.slope[0];
                }
            },
            *closed);
    }
    if (const auto* polynomial = std::get_if<PolynomialForm>(&dual.form)) {
        // d E phi^2 / dq = E (phi'^2 + phi phi'')
        const std::vector<double> first = derivative_of(polynomial->coefficients);
        const std::vector<double> second = derivative_of(first);
        double sum = 0.0;
        double power = 1.0;
        for (std::size_t k = 0; k < first.size(); ++k) {
            const double slope = separated_coefficient(first, k, q);
            sum += slope * slope * power;
            if (k < second.size())
                sum +=
                    separated_coefficient(second, k, q) * separated_coefficient(polynomial->coefficients, k, q) * power;
            power *= q;
        }
        return sum;
    }
    if (!(q > 0)) return 0.0;
    if (const auto* tabulated = std::get_if<TableForm>(&dual.form)) return tabulated->table->moments(q).mixed / q;
    const HermiteSeries& series = *std::get<SeriesForm>(dual.form).series;
    return second_moments(series.function(), series.kinks(), q).mixed / q;
}

} // namespace limsym::kernel
