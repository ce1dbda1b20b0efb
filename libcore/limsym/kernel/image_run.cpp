#include "limsym/kernel/image_run.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace limsym::kernel {

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

namespace {

// Pairs with a correlation beyond this get it from the difference of their pixels, as vectors do (tile_engine.cpp).
template <typename T>
constexpr double near_collinear = sizeof(T) == sizeof(double) ? 1 - 1e-8 : 1 - 1e-4;
// Sums over fewer channels lose nothing that the difference would give back.
constexpr std::size_t many_channels = 16;

// K0 of one pair of pixels from its value so far; channels stand row_step (column_step) apart.
template <typename T>
T mended(T value, const T* row, std::size_t row_step, const T* column, std::size_t column_step, std::size_t channels,
         double factor) {
    double row_square = 0.0;
    double column_square = 0.0;
    const auto numbers = [&](std::size_t k) {
        return std::pair{static_cast<double>(row[k * row_step]), static_cast<double>(column[k * column_step])};
    };
    for (std::size_t k = 0; k < channels; ++k) {
        const auto [x, y] = numbers(k);
        row_square += x * x;
        column_square += y * y;
    }
    const double row_root = std::sqrt(row_square);
    const double column_root = std::sqrt(column_square);
    const double bound = factor * row_root * column_root;
    if (!(std::abs(static_cast<double>(value)) > near_collinear<T> * bound)) return value;
    // 1 - |rho| = |u -+ v|^2 / 2 for the unit vectors u, v
    const double side = value < 0 ? -1.0 : 1.0;
    double distance = 0.0;
    for (std::size_t k = 0; k < channels; ++k) {
        const auto [x, y] = numbers(k);
        const double difference = x / row_root - side * y / column_root;
        distance += difference * difference;
    }
    return static_cast<T>(side * bound * (1.0 - 0.5 * distance));
}

} // namespace

template <typename T>
void ImageRun<T>::load_inputs(PlaneOfPairs<T>& plane) const {
    const auto& kernels = image_kernels<T>();
    const std::size_t depth = setup_.program->channels;
    const T factor = static_cast<T>(setup_.program->input_factor);
    plane.runs([&](std::size_t first, std::size_t count, std::size_t p, std::size_t q) {
        const std::size_t row = p * depth * (pair_.row_lanes ? lanes<T> : 1);
        const LaneSides<T> inputs{pair_.row_input + row, pair_.column_input + q * depth * lanes<T>};
        kernels.multiply_inputs(count, depth, factor, pair_.row_lanes, inputs, plane.data + first * lanes<T>);
        if (depth < many_channels) return;
        const std::size_t width = pair_.row_lanes ? lanes<T> : 1;
        for (std::size_t i = 0; i < count * lanes<T>; ++i) {
            const std::size_t position = i / lanes<T>;
            const std::size_t lane = i % lanes<T>;
            T& value = plane.data[first * lanes<T> + i];
            value = mended(value, inputs.row + position * depth * width + (pair_.row_lanes ? lane : 0), width,
                           inputs.column + position * depth * lanes<T> + lane, lanes<T>, depth,
                           setup_.program->input_factor);
        }
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
    if (diagonal_ && plane.alive && own_->ranges != nullptr) note_range(k, plane);
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
    } else if (const auto* rescale = std::get_if<RescaleOp>(&op.action)) {
        for (std::size_t c = 0; c < channel_count(); ++c)
            kernels.affine(plane.positions(), std::ldexp(static_cast<T>(1), -rescale->log2), 0, channel(plane, c));
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
