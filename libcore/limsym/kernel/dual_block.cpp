#include "limsym/kernel/dual_block.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "limsym/kernel/separated_polynomial.hpp"

namespace limsym::kernel {

namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

double clip(double c, double bound) {
    return std::clamp(c, -bound, bound);
}

} // namespace

std::optional<std::vector<double>> polynomial_coefficients(const network::Activation& activation) {
    using network::ActivationKind;
    if (activation.kind == ActivationKind::polynomial) return activation.parameters;
    if (activation.kind == ActivationKind::identity) return std::vector<double>{0.0, 1.0};
    if (activation.kind != ActivationKind::monomial && activation.kind != ActivationKind::hermite) return std::nullopt;
    const auto degree = static_cast<std::size_t>(activation.parameters[0]);
    std::vector<double> current(degree + 1, 0.0);
    if (activation.kind == ActivationKind::monomial) {
        current[degree] = 1.0;
        return current;
    }
    // sqrt(k+1) he_{k+1} = x he_k - sqrt(k) he_{k-1}
    std::vector<double> previous(degree + 1, 0.0);
    current[0] = 1.0;
    for (std::size_t k = 0; k < degree; ++k) {
        std::vector<double> next(degree + 1, 0.0);
        const auto order = static_cast<double>(k);
        for (std::size_t m = 0; m <= degree; ++m) {
            const double shifted = m > 0 ? current[m - 1] : 0.0;
            next[m] = (shifted - std::sqrt(order) * previous[m]) / std::sqrt(order + 1.0);
        }
        previous = std::move(current);
        current = std::move(next);
    }
    return current;
}

DualBlock make_dual_block(const network::Activation& activation, double largest_variance, double tolerance) {
    if (auto closed = closed_form(activation)) return {*closed};
    if (auto coefficients = polynomial_coefficients(activation)) return {PolynomialForm{std::move(*coefficients)}};
    return {SeriesForm{std::make_shared<const HermiteSeries>(activation, largest_variance, tolerance)}};
}

DualBlock make_table_block(const network::Activation& activation, double smallest, double largest, double tolerance) {
    return {TableForm{std::make_shared<const DualTable>(activation, smallest, largest, tolerance)}};
}

template <typename T>
DualRows<T> prepare_rows(const DualBlock& dual, const std::vector<T>& variances, bool with_slope) {
    const std::size_t n = variances.size();
    DualRows<T> rows;
    rows.variance = variances;
    rows.root.resize(n);
    rows.inverse.resize(n);
    for (std::size_t i = 0; i < n; ++i) {
        rows.root[i] = std::sqrt(variances[i]);
        rows.inverse[i] = variances[i] > 0 ? 1 / rows.root[i] : 0;
    }
    if (const auto* closed = std::get_if<ClosedForm>(&dual.form)) {
        if (const auto* erf = std::get_if<ErfForm>(closed)) {
            const T two_bb = static_cast<T>(erf->two_bb);
            for (std::size_t i = 0; i < n; ++i)
                rows.inverse[i] = 1 / std::sqrt(1 + two_bb * variances[i]);
        }
    } else if (const auto* polynomial = std::get_if<PolynomialForm>(&dual.form)) {
        rows.value_terms = separate(polynomial->coefficients, variances);
        if (with_slope) rows.slope_terms = separate(derivative_of(polynomial->coefficients), variances);
    } else if (const auto* tabulated = std::get_if<TableForm>(&dual.form)) {
        const DualTable& table = *tabulated->table;
        rows.table.resize(n);
        for (std::size_t i = 0; i < n; ++i) {
            const auto variance = static_cast<double>(variances[i]);
            if (variance > 0) rows.table[i] = table.row(variance);
            const HermiteCoefficients means = hermite_coefficients(table.function(), table.kinks(), variance, 1);
            rows.mean.push_back(means.value[0]);
            rows.mean_slope.push_back(means.slope[0]);
        }
    } else {
        const auto& series = *std::get<SeriesForm>(dual.form).series;
        const std::vector<double> wide(variances.begin(), variances.end());
        arma::mat value;
        arma::mat slope;
        series.coefficients(wide, value, with_slope ? &slope : nullptr);
        rows.value_terms = arma::conv_to<arma::Mat<T>>::from(value);
        if (with_slope) rows.slope_terms = arma::conv_to<arma::Mat<T>>::from(slope);
    }
    return rows;
}

namespace {

template <typename T>
AngleRows<T> angle_rows(const DualRows<T>& rows, std::size_t first, const DualRows<T>& columns, std::size_t j) {
    return {rows.root.data() + first, rows.inverse.data() + first, rows.variance.data() + first,
            columns.root[j],          columns.inverse[j],          columns.variance[j]};
}

// Coefficients of column j, gathered: series kernels take them as one array.
template <typename T>
std::vector<T> column_terms(const arma::Mat<T>& terms, std::size_t j) {
    std::vector<T> column(terms.n_cols);
    for (std::size_t k = 0; k < terms.n_cols; ++k)
        column[k] = terms(j, k);
    return column;
}

template <typename T>
void series_column(const DualRows<T>& rows, std::size_t first, const DualRows<T>& columns, std::size_t j,
                   bool correlation, T* c, T* theta, T* scratch) {
    const auto& kernels = column_kernels<T>();
    const std::size_t stride = rows.variance.size();
    const std::size_t n = stride - first;
    const T* inverse = correlation ? rows.inverse.data() + first : nullptr;
    const T column_inverse = columns.inverse[j];
    if (theta != nullptr) {
        const std::vector<T> slope = column_terms(columns.slope_terms, j);
        kernels.series(n, slope.size(), stride, rows.slope_terms.memptr() + first, slope.data(), inverse,
                       column_inverse, c, scratch);
        for (std::size_t i = 0; i < n; ++i)
            theta[i] *= scratch[i];
    }
    const std::vector<T> value = column_terms(columns.value_terms, j);
    kernels.series(n, value.size(), stride, rows.value_terms.memptr() + first, value.data(), inverse, column_inverse, c,
                   c);
}

} // namespace

namespace {

// A table's Chebyshev series in x; both orders of summing over the levels, so that (i, j) and (j, i) give the same
// bits.
double table_sum(const std::vector<double>& row_basis, const std::vector<double>& column_basis,
                 const std::vector<double>& row_terms, const std::vector<double>& column_terms, double x) {
    const std::size_t levels = row_basis.size();
    const std::size_t angles = row_terms.size() / levels;
    std::array<double, DualTable::most_angles> by_row{};
    std::array<double, DualTable::most_angles> by_column{};
    for (std::size_t a = 0; a < levels; ++a) {
        const double* of_column = column_terms.data() + a * angles;
        const double* of_row = row_terms.data() + a * angles;
        for (std::size_t k = 0; k < angles; ++k) {
            by_row[k] += row_basis[a] * of_column[k];
            by_column[k] += column_basis[a] * of_row[k];
        }
    }
    double value = 0.0;
    double before = 0.0;
    for (std::size_t k = angles; k-- > 0;) {
        const double next = 0.5 * (by_row[k] + by_column[k]) + (k > 0 ? 2 * x : x) * value - before;
        before = value;
        value = next;
    }
    return value;
}

} // namespace

template <typename T>
Dual<double> table_entry(const DualRows<T>& rows, std::size_t i, const DualRows<T>& columns, std::size_t j, double c,
                         bool with_slope) {
    const DualTable::Row& row = rows.table[i];
    const DualTable::Row& column = columns.table[j];
    if (row.basis.empty() || column.basis.empty())
        return {rows.mean[i] * columns.mean[j], rows.mean_slope[i] * columns.mean_slope[j]};
    const double bound =
        std::sqrt(static_cast<double>(rows.variance[i])) * std::sqrt(static_cast<double>(columns.variance[j]));
    // 1 - 2 theta/pi; correlations within a few roundings of +-1 are +-1
    double rho = c / bound;
    if (std::abs(rho) > 1 - 1e-15) rho = std::copysign(1.0, rho);
    const double x = std::asin(rho) / (std::numbers::pi / 2);
    const double value = table_sum(row.basis, column.basis, row.value, column.value, x);
    const double slope = with_slope ? table_sum(row.basis, column.basis, row.derivative, column.derivative, x) : 0.0;
    return {value, slope};
}

template <typename T>
void apply_column(const DualBlock& dual, const DualRows<T>& rows, std::size_t first, const DualRows<T>& columns,
                  std::size_t j, const ColumnAffine<T>& affine, T* c, T* theta, T* scratch) {
    const auto& kernels = column_kernels<T>();
    const std::size_t n = rows.variance.size() - first;
    const auto closed_column = [&](const auto& form) {
        using Form = std::decay_t<decltype(form)>;
        if constexpr (std::is_same_v<Form, ArcForm>) {
            kernels.arc(n, affine, static_cast<T>(form.g), static_cast<T>(form.h), angle_rows(rows, first, columns, j),
                        c, theta);
        } else if constexpr (std::is_same_v<Form, ErfForm>) {
            kernels.erf(n, affine, static_cast<T>(form.value), static_cast<T>(form.offset), static_cast<T>(form.slope),
                        static_cast<T>(form.two_bb), angle_rows(rows, first, columns, j), c, theta);
        } else {
            kernels.affine(n, affine, c, theta);
            for (std::size_t i = 0; i < n; ++i) {
                const auto bound = static_cast<double>(rows.root[first + i]) * static_cast<double>(columns.root[j]);
                const Dual<double> result =
                    evaluate(form, static_cast<double>(rows.variance[first + i]),
                             static_cast<double>(columns.variance[j]), clip(static_cast<double>(c[i]), bound));
                c[i] = static_cast<T>(result.value);
                if (theta != nullptr) theta[i] *= static_cast<T>(result.derivative);
            }
        }
    };
    if (const auto* closed = std::get_if<ClosedForm>(&dual.form)) {
        std::visit(closed_column, *closed);
        return;
    }
    kernels.affine(n, affine, c, theta);
    if (std::holds_alternative<TableForm>(dual.form)) {
        for (std::size_t i = 0; i < n; ++i) {
            const Dual<double> result =
                table_entry(rows, first + i, columns, j, static_cast<double>(c[i]), theta != nullptr);
            c[i] = static_cast<T>(result.value);
            if (theta != nullptr) theta[i] *= static_cast<T>(result.derivative);
        }
        return;
    }
    series_column(rows, first, columns, j, std::holds_alternative<SeriesForm>(dual.form), c, theta, scratch);
}

template <typename T>
void apply_diagonal(const DualBlock& dual, std::vector<T>& q, std::vector<T>& slope) {
    slope.resize(q.size());
    const auto each = [&](const auto& pair) {
        for (std::size_t i = 0; i < q.size(); ++i) {
            const Dual<double> result = pair(static_cast<double>(q[i]));
            q[i] = static_cast<T>(result.value);
            slope[i] = static_cast<T>(result.derivative);
        }
    };
    const auto closed_diagonal = [&](const auto& form) {
        using Form = std::decay_t<decltype(form)>;
        if constexpr (std::is_same_v<Form, ArcForm>) {
            const T h = static_cast<T>(form.h);
            for (std::size_t i = 0; i < q.size(); ++i) {
                q[i] = h * q[i];
                slope[i] = h;
            }
        } else if constexpr (std::is_same_v<Form, StepForm>) {
            each([&](double) { return Dual<double>{form.offset + form.value * std::numbers::pi / 2, 0.0}; });
        } else if constexpr (std::is_same_v<Form, RectifiedForm>) {
            if (form.degree == 2)
                each([](double v) { return Dual<double>{1.5 * v * v, 2 * v}; });
            else
                each([](double v) { return Dual<double>{7.5 * v * v * v, 13.5 * v * v}; });
        } else {
            each([&](double v) { return evaluate(form, v, v, v); });
        }
    };
    if (const auto* closed = std::get_if<ClosedForm>(&dual.form)) {
        std::visit(closed_diagonal, *closed);
    } else if (const auto* polynomial = std::get_if<PolynomialForm>(&dual.form)) {
        const std::vector<double> derivative = derivative_of(polynomial->coefficients);
        const auto square = [](const std::vector<double>& coefficients, double v) {
            double sum = 0.0;
            double power = 1.0;
            for (std::size_t j = 0; j < coefficients.size(); ++j) {
                const double alpha = separated_coefficient(coefficients, j, v);
                sum += alpha * alpha * power;
                power *= v;
            }
            return sum;
        };
        each([&](double v) { return Dual<double>{square(polynomial->coefficients, v), square(derivative, v)}; });
    } else {
        const auto* tabulated = std::get_if<TableForm>(&dual.form);
        const auto* series = std::get_if<SeriesForm>(&dual.form);
        const network::ScalarFunction& function =
            tabulated != nullptr ? tabulated->table->function() : series->series->function();
        const std::vector<double>& kinks = tabulated != nullptr ? tabulated->table->kinks() : series->series->kinks();
        each([&](double v) {
            const SecondMoments moments = second_moments(function, kinks, v);
            return Dual<double>{moments.value, moments.slope};
        });
    }
}

template Dual<double> table_entry(const DualRows<double>&, std::size_t, const DualRows<double>&, std::size_t, double,
                                  bool);
template Dual<double> table_entry(const DualRows<float>&, std::size_t, const DualRows<float>&, std::size_t, double,
                                  bool);
template DualRows<double> prepare_rows(const DualBlock&, const std::vector<double>&, bool);
template DualRows<float> prepare_rows(const DualBlock&, const std::vector<float>&, bool);
template void apply_column(const DualBlock&, const DualRows<double>&, std::size_t, const DualRows<double>&, std::size_t,
                           const ColumnAffine<double>&, double*, double*, double*);
template void apply_column(const DualBlock&, const DualRows<float>&, std::size_t, const DualRows<float>&, std::size_t,
                           const ColumnAffine<float>&, float*, float*, float*);
template void apply_diagonal(const DualBlock&, std::vector<double>&, std::vector<double>&);
template void apply_diagonal(const DualBlock&, std::vector<float>&, std::vector<float>&);

} // namespace limsym::kernel
