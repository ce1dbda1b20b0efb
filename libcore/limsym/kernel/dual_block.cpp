#include "limsym/kernel/dual_block.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "limsym/kernel/closed_pairs.hpp"
#include "limsym/kernel/separated_polynomial.hpp"

namespace limsym::kernel {

namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

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
        const std::vector<double> wide(variances.begin(), variances.end());
        arma::mat value;
        arma::mat slope;
        table.rows(wide, value, with_slope ? &slope : nullptr, nullptr);
        rows.value_terms = arma::conv_to<arma::Mat<T>>::from(value);
        rows.slope_terms = arma::conv_to<arma::Mat<T>>::from(slope);
        for (const double variance : wide) {
            const DualTable::Means means = table.means(variance);
            rows.mean.push_back(static_cast<T>(means.value));
            rows.mean_slope.push_back(static_cast<T>(means.slope));
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
std::vector<T> column_terms_of(const arma::Mat<T>& terms, std::size_t j) {
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
        const std::vector<T> slope = column_terms_of(columns.slope_terms, j);
        kernels.series(n, slope.size(), stride, rows.slope_terms.memptr() + first, slope.data(), inverse,
                       column_inverse, c, scratch);
        for (std::size_t i = 0; i < n; ++i)
            theta[i] *= scratch[i];
    }
    const std::vector<T> value = column_terms_of(columns.value_terms, j);
    kernels.series(n, value.size(), stride, rows.value_terms.memptr() + first, value.data(), inverse, column_inverse, c,
                   c);
}

} // namespace

template <typename T>
void table_column(const std::vector<TermCount>& counts, const DualRows<T>& rows, const arma::Mat<T>& row_terms,
                  const std::vector<T>* row_means, std::size_t first, const DualRows<T>& columns,
                  const arma::Mat<T>& column_terms, const std::vector<T>* column_means, std::size_t j, const T* c,
                  T* out) {
    const std::size_t stride = rows.variance.size();
    const std::vector<T> column = column_terms_of(column_terms, j);
    ColumnTable<T> table;
    table.angles = counts.size();
    table.counts = counts.data();
    table.rows = row_terms.memptr() + first;
    table.stride = stride;
    table.column = column.data();
    table.inverse = rows.inverse.data() + first;
    table.column_inverse = columns.inverse[j];
    if (row_means != nullptr) {
        table.mean = row_means->data() + first;
        table.column_mean = (*column_means)[j];
    }
    column_kernels<T>().table(stride - first, table, c, out);
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
            const T column_variance = columns.variance[j];
            apply_closed(
                form, n, [&](std::size_t i) { return rows.variance[first + i]; },
                [&](std::size_t) { return column_variance; }, c, theta);
        }
    };
    if (const auto* closed = std::get_if<ClosedForm>(&dual.form)) {
        std::visit(closed_column, *closed);
        return;
    }
    kernels.affine(n, affine, c, theta);
    if (const auto* tabulated = std::get_if<TableForm>(&dual.form)) {
        const DualTable& table = *tabulated->table;
        if (theta != nullptr) {
            table_column(table.derivative_counts(), rows, rows.slope_terms, &rows.mean_slope, first, columns,
                         columns.slope_terms, &columns.mean_slope, j, c, scratch);
            for (std::size_t i = 0; i < n; ++i)
                theta[i] *= scratch[i];
        }
        table_column(table.value_counts(), rows, rows.value_terms, &rows.mean, first, columns, columns.value_terms,
                     &columns.mean, j, c, c);
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
        each([&](double v) {
            const SecondMoments moments = tabulated != nullptr
                                              ? tabulated->table->moments(v)
                                              : second_moments(series->series->function(), series->series->kinks(), v);
            const network::ScalarFunction& function =
                tabulated != nullptr ? tabulated->table->function() : series->series->function();
            require_moments(function, v, moments);
            return Dual<double>{moments.value, moments.slope};
        });
    }
}

template void table_column(const std::vector<TermCount>&, const DualRows<double>&, const arma::Mat<double>&,
                           const std::vector<double>*, std::size_t, const DualRows<double>&, const arma::Mat<double>&,
                           const std::vector<double>*, std::size_t, const double*, double*);
template void table_column(const std::vector<TermCount>&, const DualRows<float>&, const arma::Mat<float>&,
                           const std::vector<float>*, std::size_t, const DualRows<float>&, const arma::Mat<float>&,
                           const std::vector<float>*, std::size_t, const float*, float*);
template DualRows<double> prepare_rows(const DualBlock&, const std::vector<double>&, bool);
template DualRows<float> prepare_rows(const DualBlock&, const std::vector<float>&, bool);
template void apply_column(const DualBlock&, const DualRows<double>&, std::size_t, const DualRows<double>&, std::size_t,
                           const ColumnAffine<double>&, double*, double*, double*);
template void apply_column(const DualBlock&, const DualRows<float>&, std::size_t, const DualRows<float>&, std::size_t,
                           const ColumnAffine<float>&, float*, float*, float*);
template void apply_diagonal(const DualBlock&, std::vector<double>&, std::vector<double>&);
template void apply_diagonal(const DualBlock&, std::vector<float>&, std::vector<float>&);

} // namespace limsym::kernel
