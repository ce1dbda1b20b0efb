#include "limsym/kernel/image_run.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <type_traits>

#include "limsym/base/error.hpp"

namespace limsym::kernel {

namespace {

template <typename T>
LaneAffine<T> lane_affine(const AffineOp& op) {
    return {static_cast<T>(op.weight), static_cast<T>(op.bias), static_cast<T>(op.ntk_kernel),
            static_cast<T>(op.ntk_bias)};
}

template <typename T>
T side_value(const T* row, bool row_lanes, std::size_t position, std::size_t lane) {
    return row_lanes ? row[position * lanes<T> + lane] : row[position];
}

} // namespace

template <typename T>
ImageRun<T>::ImageRun(const ImageSetup<T>& setup, ImageSpace<T>& space, const ImagePair<T>& pair, const OwnPass<T>* own)
    : setup_(setup), space_(space), pair_(pair), own_(own) {}

// A circular window that is the first to act on a stored slot takes whole classes of displacements.
template <typename T>
bool ImageRun<T>::reads_classes(std::size_t s, std::size_t slot) const {
    const Stage& stage = setup_.program->stages[s];
    for (std::size_t k = stage.first; k < stage.last; ++k) {
        const ImageOp& op = setup_.program->ops[k];
        const auto* add = std::get_if<AddOp>(&op.action);
        if (op.slot != slot && !(add != nullptr && add->from == slot)) continue;
        const auto* affine = std::get_if<WindowedAffineOp>(&op.action);
        return affine != nullptr && affine->windows.circular && affine->windows.size != Pair2{1, 1};
    }
    return false;
}

template <typename T>
void ImageRun<T>::load_inputs(PlaneOfPairs<T>& plane) const {
    const auto& kernels = image_kernels<T>();
    const std::size_t depth = setup_.program->channels;
    const T factor = static_cast<T>(setup_.program->input_factor);
    plane.runs([&](std::size_t first, std::size_t count, std::size_t p, std::size_t q) {
        const std::size_t row = p * depth * (pair_.row_lanes ? lanes<T> : 1);
        kernels.multiply_inputs(count, depth, factor, pair_.row_lanes,
                                {pair_.row_input + row, pair_.column_input + q * depth * lanes<T>},
                                plane.data + first * lanes<T>);
    });
    for (std::size_t c = 1; c < channel_count(); ++c)
        std::fill_n(channel(plane, c), plane.positions() * lanes<T>, static_cast<T>(0));
}

template <typename T>
void ImageRun<T>::load(std::size_t s, std::size_t number, std::array<long, 2> displacement, Slot& slot) {
    const Stage& stage = setup_.program->stages[s];
    const StoredSlot& input = stage.inputs[number];
    PlaneOfPairs<T>& plane = slot.plane;
    slot.current = 0;
    plane.data = slot.buffers[0].data();
    const bool zero = displacement == std::array<long, 2>{0, 0};
    const bool classes = stage.torus || (!zero && reads_classes(s, input.slot));
    if (classes) {
        displacement = {static_cast<long>(StoredState<T>::residue(displacement[0], input.extent.height)),
                        static_cast<long>(StoredState<T>::residue(displacement[1], input.extent.width))};
    }
    plane.place(displacement, input.extent, classes);
    if (!plane.alive) return;
    if (s == 0) {
        load_inputs(plane);
        return;
    }
    if (own_ != nullptr && own_->seeds != nullptr) {
        const std::vector<T>& seed = (*own_->seeds)[s - 1];
        std::size_t offset = 0;
        for (std::size_t i = 0; i < number; ++i)
            offset += stage.inputs[i].extent.positions() * channel_count() * lanes<T>;
        const std::size_t size = plane.positions() * lanes<T>;
        for (std::size_t c = 0; c < channel_count(); ++c)
            std::copy_n(seed.data() + offset + c * size, size, channel(plane, c));
        return;
    }
    StoredState<T>& stored = space_.stored[s][number];
    for (std::size_t c = 0; c < channel_count(); ++c) {
        const T* from = stored.plane(displacement, c);
        if (from == nullptr) {
            plane.alive = false;
            return;
        }
        for (std::size_t r = 0; r < plane.height; ++r) {
            const std::size_t start = (plane.top + r) * input.extent.width + plane.left;
            std::copy_n(from + start * lanes<T>, plane.width * lanes<T>,
                        channel(plane, c) + r * plane.width * lanes<T>);
        }
    }
}

template <typename T>
void ImageRun<T>::unit(std::size_t s, std::array<long, 2> displacement, std::size_t side) {
    const Stage& stage = setup_.program->stages[s];
    std::vector<Slot>& slots = space_.units[side];
    for (Slot& slot : slots)
        slot.plane.alive = false;
    diagonal_ = own_ != nullptr && displacement == std::array<long, 2>{0, 0};
    for (std::size_t i = 0; i < stage.inputs.size(); ++i)
        load(s, i, displacement, slots[stage.inputs[i].slot]);
    for (std::size_t k = stage.first; k < stage.last; ++k)
        step(s, k, displacement, slots);
}

template <typename T>
void ImageRun<T>::step(std::size_t s, std::size_t& k, std::array<long, 2> displacement, std::vector<Slot>& slots) {
    const ImageOp& op = setup_.program->ops[k];
    if (op.reduces()) return;
    Slot& slot = slots[op.slot];
    PlaneOfPairs<T>& plane = slot.plane;
    const auto& kernels = image_kernels<T>();
    const std::size_t done = k;
    T before = 0;
    const bool check = diagonal_ && plane.alive && own_->check;
    if (check) before = *std::max_element(plane.data, plane.data + plane.positions() * lanes<T>);
    if (diagonal_ && plane.alive && own_->largest != nullptr) note_largest(k, plane);
    if (const auto* copy = std::get_if<CopyOp>(&op.action)) {
        Slot& other = slots[copy->to];
        other.current = 0;
        other.plane = plane;
        other.plane.data = other.buffers[0].data();
        if (plane.alive) {
            for (std::size_t c = 0; c < channel_count(); ++c)
                std::copy_n(channel(plane, c), plane.positions() * lanes<T>, channel(other.plane, c));
        }
        return;
    }
    if (const auto* add = std::get_if<AddOp>(&op.action)) {
        const PlaneOfPairs<T>& other = slots[add->from].plane;
        plane.alive = plane.alive && other.alive;
        if (!plane.alive) return;
        for (std::size_t c = 0; c < channel_count(); ++c)
            kernels.add(plane.positions(), channel(other, c), channel(plane, c));
    } else if (!plane.alive) {
        return;
    } else if (std::holds_alternative<WindowedAffineOp>(op.action)) {
        windowed(s, k, displacement, slot);
    } else if (std::holds_alternative<ImageActivationOp>(op.action)) {
        if (diagonal_)
            own_activate(k, plane);
        else
            plane.runs([&](std::size_t first, std::size_t count, std::size_t p, std::size_t q) {
                activate(k, nullptr, plane, first, count, p, q);
            });
    } else if (std::holds_alternative<ImageNormaliseOp>(op.action)) {
        if (diagonal_) {
            own_normalise(k, plane);
        } else {
            const RecordPoint& point = (*setup_.points)[(*setup_.point_of)[k]];
            const bool derivatives = setup_.channels == ImageChannels::derivatives;
            plane.runs([&](std::size_t first, std::size_t count, std::size_t p, std::size_t q) {
                const LaneSides<T> factor = field(point, 0, p, q);
                normalise(factor, derivatives ? field(point, 1, p, q) : factor,
                          derivatives ? field(point, 2, p, q) : factor, pair_.row_lanes, plane, first, count);
            });
        }
    } else if (const auto* dropout = std::get_if<DropoutOp>(&op.action)) {
        if (diagonal_) own_dropout(dropout->keep, plane);
    }
    if (check) refuse_overflow(done, plane, before);
}

template <typename T>
const ImageOp* ImageRun<T>::fused_activation(std::size_t s, std::size_t k) const {
    if (diagonal_ || setup_.channels == ImageChannels::derivatives) return nullptr;
    if (k + 1 >= setup_.program->stages[s].last) return nullptr;
    const ImageOp& next = setup_.program->ops[k + 1];
    const bool fits =
        next.slot == setup_.program->ops[k].slot && std::holds_alternative<ImageActivationOp>(next.action);
    return fits ? &next : nullptr;
}

template <typename T>
void ImageRun<T>::affine(const AffineOp& op, const PlaneOfPairs<T>& plane, std::size_t first, std::size_t count) const {
    const auto& kernels = image_kernels<T>();
    T* c = plane.data + first * lanes<T>;
    const LaneAffine<T> map = lane_affine<T>(op);
    if (setup_.channels == ImageChannels::ntk) {
        kernels.affine_extra(count, map, c, c + space_.stride);
    } else if (setup_.channels == ImageChannels::derivatives) {
        const T moved = op.readout ? 0 : 2;
        kernels.affine_extra(count, {map.weight, 0, moved * map.weight, 0}, c, c + space_.stride);
        kernels.affine_extra(count, {map.weight, 0, 0, moved * map.bias}, c, c + 2 * space_.stride);
    }
    kernels.affine(count, map.weight, map.bias, c);
}

template <typename T>
void ImageRun<T>::windowed(std::size_t s, std::size_t& k, std::array<long, 2> displacement, Slot& slot) {
    const ImageOp& op = setup_.program->ops[k];
    const auto& action = std::get<WindowedAffineOp>(op.action);
    const Windows& windows = action.windows;
    PlaneOfPairs<T>& plane = slot.plane;
    const bool fuse = fused_activation(s, k) != nullptr;
    const AffineOp* fused = fuse ? &action.affine : nullptr;
    if (windows.trivial()) {
        if (!fuse) {
            affine(action.affine, plane, 0, plane.positions());
            return;
        }
        ++k;
        plane.runs([&](std::size_t first, std::size_t count, std::size_t p, std::size_t q) {
            activate(k, fused, plane, first, count, p, q);
        });
        return;
    }
    const bool torus = setup_.program->stages[s].torus;
    const bool wraps = windows.circular && windows.size != Pair2{1, 1};
    PlaneOfPairs<T> out = plane;
    // A class read for a circular window goes on as the displacement that was asked for.
    std::array<long, 2> next = plane.torus && !torus ? displacement : plane.displacement;
    bool there = !wraps || plane.torus || plane.whole();
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const auto stride = static_cast<long>(windows.stride[axis]);
        there = there && next[axis] % stride == 0;
        next[axis] /= stride;
    }
    if (there) out.place(next, op.out, torus);
    if (!there || !out.alive) {
        plane.alive = false;
        return;
    }
    slot.current = 1 - slot.current;
    out.data = slot.buffers[slot.current].data();
    if (fuse) ++k;
    for (std::size_t r = 0; r < out.height; ++r) {
        for (std::size_t c = 0; c < channel_count(); ++c)
            window_row(windows, plane, out, r, c);
        if (!fuse) {
            affine(action.affine, out, r * out.width, out.width);
            continue;
        }
        out.row_runs(r, [&](std::size_t first, std::size_t count, std::size_t p, std::size_t q) {
            activate(k, fused, out, first, count, p, q);
        });
    }
    plane = out;
}

// Sums over windows for one row of the outgoing plane: over rows into a strip, then along it.
template <typename T>
void ImageRun<T>::window_row(const Windows& windows, const PlaneOfPairs<T>& in, const PlaneOfPairs<T>& out,
                             std::size_t row, std::size_t number) {
    const auto& kernels = image_kernels<T>();
    const T* from = channel(in, number);
    const bool wraps = windows.circular && windows.size != Pair2{1, 1};
    std::size_t count = 0;
    const long start = static_cast<long>((out.top + row) * windows.stride[0]) - static_cast<long>(windows.low[0]) -
                       static_cast<long>(in.top);
    for (std::size_t t = 0; t < windows.size[0]; ++t) {
        const long y = start + static_cast<long>(t);
        if (!wraps && (y < 0 || y >= static_cast<long>(in.height))) continue;
        const std::size_t place = wraps ? StoredState<T>::residue(y, in.height) : static_cast<std::size_t>(y);
        space_.row_pointers[count++] = from + place * in.width * lanes<T>;
    }
    const long first = static_cast<long>(out.left * windows.stride[1]) - static_cast<long>(windows.low[1]) -
                       static_cast<long>(in.left);
    const long last = first + static_cast<long>((out.width - 1) * windows.stride[1] + windows.size[1]) - 1;
    const auto before = static_cast<std::size_t>(std::max(0L, -first));
    const auto after = static_cast<std::size_t>(std::max(0L, last - static_cast<long>(in.width) + 1));
    T* const strip = space_.strip.data();
    T* const middle = strip + before * lanes<T>;
    kernels.sum_rows(in.width, count, space_.row_pointers.data(), middle);
    T* const end = middle + in.width * lanes<T>;
    if (wraps) {
        for (std::size_t j = 0; j < before; ++j) {
            const long x = static_cast<long>(j) - static_cast<long>(before);
            std::copy_n(middle + StoredState<T>::residue(x, in.width) * lanes<T>, lanes<T>, strip + j * lanes<T>);
        }
        for (std::size_t j = 0; j < after; ++j)
            std::copy_n(middle + j % in.width * lanes<T>, lanes<T>, end + j * lanes<T>);
    } else {
        std::fill_n(strip, before * lanes<T>, static_cast<T>(0));
        std::fill_n(end, after * lanes<T>, static_cast<T>(0));
    }
    const auto offset = static_cast<std::size_t>(first + static_cast<long>(before));
    kernels.sum_taps(out.width, windows.size[1], windows.stride[1], strip + offset * lanes<T>,
                     channel(out, number) + row * out.width * lanes<T>);
}

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
            for (std::size_t i = 0; i < count; ++i) {
                for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
                    const std::size_t at = i * lanes<T> + lane;
                    const auto q1 = static_cast<double>(side_value(variance.row, row_lanes, i, lane));
                    const auto q2 = static_cast<double>(variance.column[at]);
                    const double bound = std::sqrt(q1) * std::sqrt(q2);
                    const Dual<double> result =
                        evaluate(form, q1, q2, std::clamp(static_cast<double>(c[at]), -bound, bound));
                    c[at] = static_cast<T>(result.value);
                    if (theta != nullptr) theta[at] *= static_cast<T>(result.derivative);
                }
            }
        }
    };
    if (const auto* closed = std::get_if<ClosedForm>(&dual.form)) {
        std::visit(closed_form_of, *closed);
        return;
    }
    if (fused != nullptr) affine(*fused, plane, first, count);
    // Fields: 1/sqrt(q), coefficients of F, coefficients of D.
    const std::size_t terms = theta != nullptr ? (point.fields - 1) / 2 : point.fields - 1;
    LaneSides<T> inverse = field(point, 0, p, q);
    if (std::holds_alternative<PolynomialForm>(dual.form)) inverse = {nullptr, nullptr};
    const std::size_t stride = point.positions;
    const auto sum = [&](std::size_t start, T* out) {
        kernels.series(count, terms, row_lanes, field(point, start, p, q), stride * (row_lanes ? lanes<T> : 1),
                       stride * lanes<T>, inverse, c, out);
    };
    if (theta != nullptr) {
        sum(1 + terms, space_.scratch.data());
        kernels.multiply(count, space_.scratch.data(), theta);
    }
    sum(1, c);
}

// Fields: q, its derivatives, 1/sqrt(q), and for series the coefficients of F, D and E phi'' he_k.
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
    const std::size_t terms = (point.fields - 4) / 3;
    LaneSides<T> inverse = field(point, 3, p, q);
    if (std::holds_alternative<PolynomialForm>(dual.form)) inverse = {nullptr, nullptr};
    const std::size_t stride = point.positions;
    const std::size_t size = count * lanes<T>;
    const auto sum = [&](std::size_t row, std::size_t column, std::size_t number) {
        const LaneSides<T> left = field(point, 4 + row * terms, p, q);
        const LaneSides<T> right = field(point, 4 + column * terms, p, q);
        kernels.series(count, terms, row_lanes, {left.row, right.column}, stride * (row_lanes ? lanes<T> : 1),
                       stride * lanes<T>, inverse, c, space_.scratch.data() + number * size);
    };
    sum(0, 0, 0);
    sum(2, 0, 1);
    sum(0, 2, 2);
    sum(1, 1, 3);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
            const auto get = [&](std::size_t number) {
                return static_cast<double>(space_.scratch[number * size + i * lanes<T> + lane]);
            };
            apply(i, lane, {get(0), 0.5 * get(1), 0.5 * get(2), get(3)});
        }
    }
}

// by_w, by_b: dq/(2 (q + eps)) of both sides.
template <typename T>
void ImageRun<T>::normalise(const LaneSides<T>& factor, const LaneSides<T>& by_w, const LaneSides<T>& by_b,
                            bool row_lanes, const PlaneOfPairs<T>& plane, std::size_t first, std::size_t count) const {
    const auto& kernels = image_kernels<T>();
    T* const c = plane.data + first * lanes<T>;
    if (setup_.channels == ImageChannels::derivatives) {
        for (std::size_t i = 0; i < count; ++i) {
            for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
                const std::size_t at = i * lanes<T> + lane;
                c[at + space_.stride] -= c[at] * (side_value(by_w.row, row_lanes, i, lane) + by_w.column[at]);
                c[at + 2 * space_.stride] -= c[at] * (side_value(by_b.row, row_lanes, i, lane) + by_b.column[at]);
            }
        }
    }
    for (std::size_t number = 0; number < channel_count(); ++number)
        kernels.scale(count, row_lanes, factor, c + number * space_.stride);
}

template class ImageRun<double>;
template class ImageRun<float>;

} // namespace limsym::kernel
