// Images on their own: variances, and what pairs will read of them.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "limsym/base/error.hpp"
#include "limsym/kernel/image_run.hpp"

namespace limsym::kernel {

namespace {

// prepare_gradient_rows, of series by their table: E phi''(sqrt(q) z) he_k = sqrt(k+1) d_{k+1} / sqrt(q).
DualRows<double> gradient_rows(const DualBlock& dual, const SeriesTable* table, const std::vector<double>& variances) {
    if (table == nullptr) return prepare_gradient_rows(dual, variances);
    DualRows<double> rows;
    table->coefficients(variances, rows.value_terms, &rows.slope_terms);
    rows.second_terms.zeros(arma::size(rows.slope_terms));
    for (std::size_t j = 0; j + 1 < rows.slope_terms.n_cols; ++j) {
        const double factor = std::sqrt(static_cast<double>(j) + 1.0);
        for (std::size_t i = 0; i < variances.size(); ++i) {
            if (variances[i] > 0)
                rows.second_terms(i, j) = factor * rows.slope_terms(i, j + 1) / std::sqrt(variances[i]);
        }
    }
    return rows;
}

} // namespace

template <typename T>
void ImageRun<T>::note_range(std::size_t k, const PlaneOfPairs<T>& plane) const {
    VarianceRange& range = (*own_->ranges)[k];
    std::for_each(plane.data, plane.data + plane.positions() * lanes<T>, [&](T value) {
        const auto variance = static_cast<double>(value);
        if (variance > 0) range.smallest = std::min(range.smallest, variance);
        range.largest = std::max(range.largest, variance);
    });
}

template <typename T>
void ImageRun<T>::refuse_overflow(std::size_t k, const PlaneOfPairs<T>& plane, T before) const {
    bool finite = true;
    const std::size_t checked = setup_.channels == ImageChannels::nngp ? 1 : 2;
    for (std::size_t c = 0; c < checked; ++c) {
        const T* values = channel(plane, c);
        finite = finite && std::all_of(values, values + plane.positions() * lanes<T>,
                                       [](T value) { return std::isfinite(value); });
    }
    if (finite) return;
    const ImageOp& op = setup_.program->ops[k];
    double log2_variance = std::numeric_limits<T>::max_exponent;
    const auto start = static_cast<double>(before);
    if (const auto* affine = std::get_if<WindowedAffineOp>(&op.action)) {
        const auto taps = static_cast<double>(affine->windows.size[0] * affine->windows.size[1]);
        log2_variance = std::max(log2_variance, std::log2(affine->affine.weight * taps) + std::log2(start));
    } else if (const auto* closed = std::get_if<ClosedForm>(&(*setup_.duals)[k].form)) {
        if (const auto* form = std::get_if<ExponentialForm>(closed))
            log2_variance = std::max(log2_variance,
                                     std::log2(form->scale) + form->rate * (form->sign + 1.0) * start / std::log(2.0));
    }
    if (!std::isfinite(log2_variance)) log2_variance = std::numeric_limits<double>::max_exponent;
    constexpr bool single_precision = sizeof(T) < sizeof(double);
    throw base::WorkError("layer " + std::to_string(op.layer) + " overflows (log2 variance " +
                          std::to_string(std::llround(log2_variance)) + ")" +
                          (single_precision ? "; try --dtype f64" : ""));
}

template <typename T>
void ImageRun<T>::own_record(std::size_t k, const PlaneOfPairs<T>& plane) {
    const auto& kernels = image_kernels<T>();
    const DualBlock& dual = (*setup_.duals)[k];
    const RecordPoint& point = (*setup_.points)[(*setup_.point_of)[k]];
    const std::size_t n = point.positions;
    const std::size_t size = n * lanes<T>;
    T* const start = own_->record + point.offset * lanes<T>;
    const auto field_at = [&](std::size_t number) { return start + number * size; };
    const auto write_terms = [&](const arma::Mat<T>& terms, std::size_t number, std::size_t count) {
        for (std::size_t j = 0; j < count; ++j) {
            if (j < terms.n_cols)
                std::copy_n(terms.colptr(j), size, field_at(number + j));
            else
                std::fill_n(field_at(number + j), size, static_cast<T>(0));
        }
    };
    const auto write_means = [&](const DualRows<T>& rows) {
        if (point.means == 0) return;
        std::copy(rows.mean.begin(), rows.mean.end(), field_at(point.means));
        std::copy(rows.mean_slope.begin(), rows.mean_slope.end(), field_at(point.means + 1));
    };
    const T* q = plane.data;
    if (setup_.channels == ImageChannels::derivatives) {
        std::copy_n(q, size, field_at(0));
        std::copy_n(channel(plane, 1), size, field_at(1));
        std::copy_n(channel(plane, 2), size, field_at(2));
        kernels.inverse_roots(n, 0, 1, q, field_at(3));
        if (point.value_terms > 0) {
            if constexpr (std::is_same_v<T, double>) {
                const DualRows<double> rows =
                    gradient_rows(dual, (*setup_.tables)[k].get(), std::vector<double>(q, q + size));
                write_terms(rows.value_terms, point.first_value, point.value_terms);
                write_terms(rows.slope_terms, point.first_slope, point.slope_terms);
                write_terms(rows.second_terms, point.first_second, point.value_terms);
                write_means(rows);
            }
        }
        return;
    }
    if (const auto* closed = std::get_if<ClosedForm>(&dual.form)) {
        if (std::holds_alternative<ArcForm>(*closed)) {
            kernels.roots(n, q, field_at(0));
            kernels.inverse_roots(n, 0, 1, q, field_at(1));
        } else if (const auto* erf = std::get_if<ErfForm>(closed)) {
            kernels.roots(n, q, field_at(0));
            kernels.inverse_roots(n, 1, static_cast<T>(erf->two_bb), q, field_at(1));
            std::copy_n(q, size, field_at(2));
        } else {
            std::copy_n(q, size, field_at(0));
        }
        return;
    }
    const bool ntk = setup_.channels == ImageChannels::ntk;
    kernels.inverse_roots(n, 0, 1, q, field_at(0));
    DualRows<T> rows;
    if (const SeriesTable* table = (*setup_.tables)[k].get()) {
        arma::mat value;
        arma::mat slope;
        table->coefficients(std::vector<double>(q, q + size), value, ntk ? &slope : nullptr);
        rows.value_terms = arma::conv_to<arma::Mat<T>>::from(value);
        rows.slope_terms = arma::conv_to<arma::Mat<T>>::from(slope);
    } else {
        rows = prepare_rows(dual, std::vector<T>(q, q + size), ntk);
    }
    write_terms(rows.value_terms, point.first_value, point.value_terms);
    if (ntk) write_terms(rows.slope_terms, point.first_slope, point.slope_terms);
    write_means(rows);
}

template <typename T>
void ImageRun<T>::own_activate(std::size_t k, const PlaneOfPairs<T>& plane) {
    const auto& kernels = image_kernels<T>();
    if (own_->record != nullptr) own_record(k, plane);
    const DualBlock& dual = (*setup_.duals)[k];
    const std::size_t n = plane.positions();
    const auto* closed = std::get_if<ClosedForm>(&dual.form);
    if (closed != nullptr && std::holds_alternative<ArcForm>(*closed)) {
        const T h = static_cast<T>(std::get<ArcForm>(*closed).h);
        for (std::size_t c = 0; c < channel_count(); ++c)
            kernels.affine(n, h, 0, channel(plane, c));
        return;
    }
    const SeriesTable* series = (*setup_.tables)[k].get();
    const auto* tabulated = std::get_if<TableForm>(&dual.form);
    if (series != nullptr || tabulated != nullptr) {
        for (std::size_t i = 0; i < n * lanes<T>; ++i) {
            const auto variance = static_cast<double>(plane.data[i]);
            const SecondMoments moments =
                series != nullptr ? series->moments(variance) : tabulated->table->moments(variance);
            const T by_q = static_cast<T>(variance > 0 ? moments.mixed / variance : 0.0);
            plane.data[i] = static_cast<T>(moments.value);
            for (std::size_t c = 1; c < channel_count(); ++c)
                channel(plane, c)[i] *= setup_.channels == ImageChannels::ntk ? static_cast<T>(moments.slope) : by_q;
        }
        return;
    }
    std::vector<T> q(plane.data, plane.data + n * lanes<T>);
    if (setup_.channels == ImageChannels::derivatives) {
        for (std::size_t i = 0; i < q.size(); ++i) {
            const T slope = static_cast<T>(diagonal_gradient(dual, static_cast<double>(q[i])));
            channel(plane, 1)[i] *= slope;
            channel(plane, 2)[i] *= slope;
        }
    }
    std::vector<T> slope;
    apply_diagonal(dual, q, slope);
    std::copy(q.begin(), q.end(), plane.data);
    if (setup_.channels == ImageChannels::ntk) kernels.multiply(n, slope.data(), channel(plane, 1));
}

template <typename T>
void ImageRun<T>::own_normalise(std::size_t k, const PlaneOfPairs<T>& plane) {
    const auto& action = std::get<ImageNormaliseOp>(setup_.program->ops[k].action);
    const auto& kernels = image_kernels<T>();
    const std::size_t n = plane.positions();
    const std::size_t size = n * lanes<T>;
    const bool derivatives = setup_.channels == ImageChannels::derivatives;
    // The variance to divide by, and its derivatives, in the fields first.
    T* fields = space_.scratch.data();
    if (own_->record != nullptr) fields = own_->record + (*setup_.points)[(*setup_.point_of)[k]].offset * lanes<T>;
    const std::size_t count = derivatives ? 3 : 1;
    for (std::size_t number = 0; number < count; ++number) {
        T* field_start = fields + number * size;
        std::copy_n(channel(plane, number), size, field_start);
        if (!action.all_positions) continue;
        for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
            double sum = 0.0;
            for (std::size_t p = 0; p < n; ++p)
                sum += static_cast<double>(field_start[p * lanes<T> + lane]);
            const T mean = static_cast<T>(sum / static_cast<double>(n));
            for (std::size_t p = 0; p < n; ++p)
                field_start[p * lanes<T> + lane] = mean;
        }
    }
    const T eps = static_cast<T>(action.eps);
    for (std::size_t number = 1; number < count; ++number) {
        for (std::size_t i = 0; i < size; ++i)
            fields[number * size + i] /= 2 * (fields[i] + eps);
    }
    kernels.inverse_roots(n, eps, 1, fields, fields);
    const auto both = [&](std::size_t number) { return LaneSides<T>{fields + number * size, fields + number * size}; };
    normalise(both(0), both(derivatives ? 1 : 0), both(derivatives ? 2 : 0), true, plane, 0, n);
}

template <typename T>
void ImageRun<T>::own_dropout(double keep, const PlaneOfPairs<T>& plane) const {
    for (std::size_t c = 0; c < channel_count(); ++c)
        image_kernels<T>().affine(plane.positions(), static_cast<T>(1 / keep), 0, channel(plane, c));
}

template <typename T>
void ImageRun<T>::stage_of_own(std::size_t s) {
    unit(s, {0, 0}, 0);
}

template <typename T>
void ImageRun<T>::copy_seeds(std::size_t s, std::vector<T>& out) const {
    out.clear();
    for (StoredState<T>& stored : space_.stored[s]) {
        for (std::size_t c = 0; c < channel_count(); ++c) {
            const T* from = stored.plane({0, 0}, c);
            out.insert(out.end(), from, from + stored.extent().positions() * lanes<T>);
        }
    }
}

template class ImageRun<double>;
template class ImageRun<float>;

} // namespace limsym::kernel
