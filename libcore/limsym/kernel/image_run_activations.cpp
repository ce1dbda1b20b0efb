// Activations of pairs of different positions or images.
#include <algorithm>
#include <cmath>
#include <type_traits>

#include "limsym/kernel/closed_pairs.hpp"
#include "limsym/kernel/image_run.hpp"

namespace limsym::kernel {

template <typename T>
LaneSides<T> ImageRun<T>::field(const RecordPoint& point, std::size_t number, std::size_t p, std::size_t q) const {
    const std::size_t start = point.offset + number * point.positions;
    return {pair_.row_record + (start + p) * (pair_.row_lanes ? lanes<T> : 1),
            pair_.column_record + (start + q) * lanes<T>};
}

template <typename T>
void ImageRun<T>::activate(std::size_t k, const AffineOp* fused, const PlaneOfPairs<T>& plane, std::size_t first,
                           std::size_t count, std::size_t p, std::size_t q) {
    if (setup_.channels == ImageChannels::derivatives) {
        activate_derivatives(k, plane, first, count, p, q);
        return;
    }
    const auto& kernels = image_kernels<T>();
    const DualBlock& dual = (*setup_.duals)[k];
    const RecordPoint& point = (*setup_.points)[(*setup_.point_of)[k]];
    T* const c = plane.data + first * lanes<T>;
    T* const theta = setup_.channels == ImageChannels::ntk ? c + space_.stride : nullptr;
    const LaneAffine<T> map = fused != nullptr ? lane_affine<T>(*fused) : LaneAffine<T>{1, 0, 0, 0};
    const bool row_lanes = pair_.row_lanes;
    const auto closed_form_of = [&](const auto& form) {
        using Form = std::decay_t<decltype(form)>;
        if constexpr (std::is_same_v<Form, ArcForm>) {
            kernels.arc(count, map, static_cast<T>(form.g), static_cast<T>(form.h), row_lanes, field(point, 0, p, q),
                        field(point, 1, p, q), c, theta);
        } else if constexpr (std::is_same_v<Form, ErfForm>) {
            kernels.erf(count, map, static_cast<T>(form.value), static_cast<T>(form.offset), static_cast<T>(form.slope),
                        static_cast<T>(form.two_bb), row_lanes, field(point, 0, p, q), field(point, 1, p, q),
                        field(point, 2, p, q), c, theta);
        } else {
            if (fused != nullptr) affine(*fused, plane, first, count);
            const LaneSides<T> variance = field(point, 0, p, q);
            apply_closed(
                form, count * lanes<T>,
                [&](std::size_t at) { return side_value(variance.row, row_lanes, at / lanes<T>, at % lanes<T>); },
                [&](std::size_t at) { return variance.column[at]; }, c, theta);
        }
    };
    if (const auto* closed = std::get_if<ClosedForm>(&dual.form)) {
        std::visit(closed_form_of, *closed);
        return;
    }
    if (fused != nullptr) affine(*fused, plane, first, count);
    if (std::holds_alternative<TableForm>(dual.form)) {
        activate_table(k, plane, first, count, p, q);
        return;
    }
    LaneSides<T> inverse = field(point, point.inverse, p, q);
    if (std::holds_alternative<PolynomialForm>(dual.form)) inverse = {nullptr, nullptr};
    const std::size_t stride = point.positions;
    const auto sum = [&](std::size_t start, std::size_t terms, T* out) {
        kernels.series(count, terms, row_lanes, field(point, start, p, q), stride * (row_lanes ? lanes<T> : 1),
                       stride * lanes<T>, inverse, c, out);
    };
    if (theta != nullptr) {
        sum(point.first_slope, point.slope_terms, space_.scratch.data());
        kernels.multiply(count, space_.scratch.data(), theta);
    }
    sum(point.first_value, point.value_terms, c);
}

// @param row_terms, column_terms numbers of the first fields of the two sides; means of the one to use where a variance
// is 0, 0: none
template <typename T>
void ImageRun<T>::table_sum(const RecordPoint& point, const std::vector<TermCount>& counts, std::size_t row_terms,
                            std::size_t column_terms, std::size_t means, std::size_t p, std::size_t q,
                            std::size_t count, const T* c, T* out) const {
    LaneTable<T> table;
    table.angles = counts.size();
    table.counts = counts.data();
    table.terms = {field(point, row_terms, p, q).row, field(point, column_terms, p, q).column};
    table.row_stride = point.positions * (pair_.row_lanes ? lanes<T> : 1);
    table.column_stride = point.positions * lanes<T>;
    table.inverse = field(point, point.inverse, p, q);
    if (means != 0) table.mean = field(point, means, p, q);
    image_kernels<T>().table(count, table, pair_.row_lanes, c, out);
}

template <typename T>
void ImageRun<T>::activate_table(std::size_t k, const PlaneOfPairs<T>& plane, std::size_t first, std::size_t count,
                                 std::size_t p, std::size_t q) {
    const DualTable& table = *std::get<TableForm>((*setup_.duals)[k].form).table;
    const RecordPoint& point = (*setup_.points)[(*setup_.point_of)[k]];
    T* const c = plane.data + first * lanes<T>;
    if (setup_.channels == ImageChannels::ntk) {
        table_sum(point, table.derivative_counts(), point.first_slope, point.first_slope, point.means + 1, p, q, count,
                  c, space_.scratch.data());
        image_kernels<T>().multiply(count, space_.scratch.data(), c + space_.stride);
    }
    table_sum(point, table.value_counts(), point.first_value, point.first_value, point.means, p, q, count, c, c);
}

template <typename T>
void ImageRun<T>::activate_derivatives(std::size_t k, const PlaneOfPairs<T>& plane, std::size_t first,
                                       std::size_t count, std::size_t p, std::size_t q) {
    const auto& kernels = image_kernels<T>();
    const DualBlock& dual = (*setup_.duals)[k];
    const RecordPoint& point = (*setup_.points)[(*setup_.point_of)[k]];
    T* const c = plane.data + first * lanes<T>;
    T* const moved_w = c + space_.stride;
    T* const moved_b = moved_w + space_.stride;
    const bool row_lanes = pair_.row_lanes;
    const LaneSides<T> variance = field(point, 0, p, q);
    const LaneSides<T> variance_w = field(point, 1, p, q);
    const LaneSides<T> variance_b = field(point, 2, p, q);
    const auto apply = [&](std::size_t i, std::size_t lane, const DualPartials& partials) {
        const std::size_t at = i * lanes<T> + lane;
        const auto move = [&](T& slope, const LaneSides<T>& by) {
            slope = static_cast<T>(partials.by_c * static_cast<double>(slope) +
                                   partials.by_q1 * static_cast<double>(side_value(by.row, row_lanes, i, lane)) +
                                   partials.by_q2 * static_cast<double>(by.column[at]));
        };
        move(moved_w[at], variance_w);
        move(moved_b[at], variance_b);
        c[at] = static_cast<T>(partials.value);
    };
    if (const auto* closed = std::get_if<ClosedForm>(&dual.form)) {
        for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
                const std::size_t at = i * lanes<T> + lane;
                const auto q1 = static_cast<double>(side_value(variance.row, row_lanes, i, lane));
                const auto q2 = static_cast<double>(variance.column[at]);
                const double bound = std::sqrt(q1) * std::sqrt(q2);
                apply(i, lane, closed_partials(*closed, q1, q2, std::clamp(static_cast<double>(c[at]), -bound, bound)));
            }
        }
        return;
    }
    const std::size_t size = count * lanes<T>;
    const auto scratch = [&](std::size_t number) { return space_.scratch.data() + number * size; };
    if (const auto* tabulated = std::get_if<TableForm>(&dual.form)) {
        const DualTable& table = *tabulated->table;
        const auto sum = [&](const std::vector<TermCount>& counts, std::size_t row, std::size_t column,
                             std::size_t means, std::size_t number) {
            table_sum(point, counts, row, column, means, p, q, count, c, scratch(number));
        };
        sum(table.value_counts(), point.first_value, point.first_value, point.means, 0);
        sum(table.value_counts(), point.first_second, point.first_value, 0, 1);
        sum(table.value_counts(), point.first_value, point.first_second, 0, 2);
        sum(table.derivative_counts(), point.first_slope, point.first_slope, point.means + 1, 3);
    } else {
        LaneSides<T> inverse = field(point, point.inverse, p, q);
        if (std::holds_alternative<PolynomialForm>(dual.form)) inverse = {nullptr, nullptr};
        const std::size_t stride = point.positions;
        const auto sum = [&](std::size_t row, std::size_t column, std::size_t number) {
            const LaneSides<T> left = field(point, row, p, q);
            const LaneSides<T> right = field(point, column, p, q);
            kernels.series(count, point.value_terms, row_lanes, {left.row, right.column},
                           stride * (row_lanes ? lanes<T> : 1), stride * lanes<T>, inverse, c, scratch(number));
        };
        sum(point.first_value, point.first_value, 0);
        sum(point.first_second, point.first_value, 1);
        sum(point.first_value, point.first_second, 2);
        sum(point.first_slope, point.first_slope, 3);
    }
    const bool tabulated = std::holds_alternative<TableForm>(dual.form);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
            const std::size_t at = i * lanes<T> + lane;
            const auto get = [&](std::size_t number) { return static_cast<double>(scratch(number)[at]); };
            DualPartials partials{get(0), 0.5 * get(1), 0.5 * get(2), get(3)};
            if (tabulated) {
                // At fixed c the angle moves with q1 too: dF/dq1 = (dF/d log q1 - c D/2)/q1.
                const auto q1 = static_cast<double>(side_value(variance.row, row_lanes, i, lane));
                const auto q2 = static_cast<double>(variance.column[at]);
                const double shared = 0.5 * static_cast<double>(c[at]) * get(3);
                const bool both = q1 > 0 && q2 > 0;
                partials.by_q1 = both ? (get(1) - shared) / q1 : 0.0;
                partials.by_q2 = both ? (get(2) - shared) / q2 : 0.0;
            }
            apply(i, lane, partials);
        }
    }
}

template class ImageRun<double>;
template class ImageRun<float>;

} // namespace limsym::kernel
