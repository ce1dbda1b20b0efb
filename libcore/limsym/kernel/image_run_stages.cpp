// Stages of a run: all displacements one after another, and what becomes of their planes at the end.
#include <algorithm>
#include <cmath>
#include <set>

#include "limsym/kernel/image_run.hpp"

namespace limsym::kernel {

namespace {

std::array<long, 2> opposite_of(const Stage& stage, const std::array<long, 2>& unit) {
    std::array<long, 2> result{-unit[0], -unit[1]};
    if (stage.torus) {
        const network::Extent& extent = stage.inputs.front().extent;
        result = {static_cast<long>(StoredState<double>::residue(result[0], extent.height)),
                  static_cast<long>(StoredState<double>::residue(result[1], extent.width))};
    }
    return result;
}

// A displacement's rectangle within a plane: all of it, or a part of a torus plane.
template <typename T>
struct Rectangle {
    PlaneOfPairs<T> part; ///< place and size; data unused
    const T* data;        ///< of the plane's channel 0
    std::size_t origin_y;
    std::size_t origin_x;
    std::size_t pitch;

    Rectangle(const PlaneOfPairs<T>& plane, const std::array<long, 2>& displacement)
        : data(plane.data), origin_y(plane.top), origin_x(plane.left), pitch(plane.width) {
        part.place(displacement, plane.extent, false);
    }
    [[nodiscard]] std::size_t offset(std::size_t y, std::size_t x) const {
        return ((y - origin_y) * pitch + (x - origin_x)) * lanes<T>;
    }
};

// The displacements that a plane holds: its own, or on a torus up to four with the same residues.
template <typename T>
std::vector<std::array<long, 2>> displacements_of(const PlaneOfPairs<T>& plane) {
    if (!plane.torus) return {plane.displacement};
    const auto both = [](long residue, std::size_t size) {
        std::vector<long> result{residue};
        if (residue != 0) result.push_back(residue - static_cast<long>(size));
        return result;
    };
    std::vector<std::array<long, 2>> result;
    for (const long y : both(plane.displacement[0], plane.extent.height)) {
        for (const long x : both(plane.displacement[1], plane.extent.width))
            result.push_back({y, x});
    }
    return result;
}

long floor_divide(long a, long b) {
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

} // namespace

template <typename T>
void ImageRun<T>::stage(std::size_t s) {
    const Stage& stage = setup_.program->stages[s];
    const bool reduces = stage.last > stage.first && setup_.program->ops[stage.last - 1].reduces();
    const std::size_t reduced = reduces ? setup_.program->ops[stage.last - 1].slot : setup_.program->slots;
    for (std::size_t i = 0; i < stage.outputs.size(); ++i) {
        if (stage.outputs[i].slot == reduced)
            space_.stored[s + 1][i].clear();
        else
            space_.stored[s + 1][i].ready();
    }
    std::fill(space_.totals.begin(), space_.totals.end(), 0.0);
    for (std::size_t k = 0; k < stage.units.size(); ++k) {
        const auto opposite = opposite_of(stage, stage.units[k]);
        const bool two = opposite != stage.units[k] && k + 1 < stage.units.size() && stage.units[k + 1] == opposite;
        unit(s, stage.units[k], 0);
        if (two) unit(s, stage.units[++k], 1);
        deliver(s, two);
    }
    finish(s);
}

template <typename T>
void ImageRun<T>::deliver(std::size_t s, bool two_units) {
    const Stage& stage = setup_.program->stages[s];
    const ImageOp* last = stage.last > stage.first ? &setup_.program->ops[stage.last - 1] : nullptr;
    static const PlaneOfPairs<T> none{};
    for (std::size_t i = 0; i < stage.outputs.size(); ++i) {
        const std::size_t slot = stage.outputs[i].slot;
        const PlaneOfPairs<T>& a = space_.units[0][slot].plane;
        const PlaneOfPairs<T>& b = two_units ? space_.units[1][slot].plane : none;
        StoredState<T>& to = space_.stored[s + 1][i];
        if (last == nullptr || last->slot != slot || !last->reduces()) {
            store(a, to);
            store(b, to);
        } else if (std::holds_alternative<PoolOp>(last->action)) {
            pool(*last, a, b, to);
        } else if (std::holds_alternative<GlobalPoolOp>(last->action)) {
            global_pool(a, b);
        } else if (a.alive && a.whole()) {
            std::vector<T> sums(channel_count() * lanes<T>);
            add_totals(a, {0, 0}, sums);
            for (std::size_t j = 0; j < sums.size(); ++j)
                space_.totals[j] += static_cast<double>(sums[j]);
        }
    }
}

template <typename T>
void ImageRun<T>::store(const PlaneOfPairs<T>& plane, StoredState<T>& to) const {
    if (!plane.alive) return;
    for (std::size_t c = 0; c < channel_count(); ++c) {
        T* out = to.plane(plane.displacement, c);
        if (out == nullptr) return;
        for (std::size_t r = 0; r < plane.height; ++r) {
            const std::size_t start = (plane.top + r) * plane.extent.width + plane.left;
            std::copy_n(channel(plane, c) + r * plane.width * lanes<T>, plane.width * lanes<T>, out + start * lanes<T>);
        }
    }
}

// Sums over one displacement's rectangle, row by row; added to `sums`.
template <typename T>
void ImageRun<T>::add_totals(const PlaneOfPairs<T>& plane, const std::array<long, 2>& displacement,
                             std::vector<T>& sums) const {
    const auto& kernels = image_kernels<T>();
    const Rectangle<T> rectangle(plane, displacement);
    const PlaneOfPairs<T>& part = rectangle.part;
    if (!part.alive) return;
    alignas(64) std::array<T, lanes<T>> row;
    for (std::size_t c = 0; c < channel_count(); ++c) {
        for (std::size_t r = 0; r < part.height; ++r) {
            kernels.total(part.width, rectangle.data + c * space_.stride + rectangle.offset(part.top + r, part.left),
                          row.data());
            kernels.add(1, row.data(), sums.data() + c * lanes<T>);
        }
    }
}

// Opposite displacements are added to each other first: the pair the other way round gives the same bits.
template <typename T>
void ImageRun<T>::global_pool(const PlaneOfPairs<T>& a, const PlaneOfPairs<T>& b) {
    if (!a.alive) return;
    const std::size_t size = channel_count() * lanes<T>;
    std::vector<T> sums(size);
    std::vector<T> others(size);
    for (const auto& displacement : displacements_of(a)) {
        const std::array<long, 2> opposite{-displacement[0], -displacement[1]};
        const bool same_plane = !b.alive;
        if (same_plane && displacement < opposite) continue;
        std::fill(sums.begin(), sums.end(), static_cast<T>(0));
        std::fill(others.begin(), others.end(), static_cast<T>(0));
        add_totals(a, displacement, sums);
        if (opposite != displacement) add_totals(same_plane ? a : b, opposite, others);
        for (std::size_t j = 0; j < size; ++j)
            space_.totals[j] += static_cast<double>(sums[j]) + static_cast<double>(others[j]);
    }
}

template <typename T>
void ImageRun<T>::pool(const ImageOp& op, const PlaneOfPairs<T>& a, const PlaneOfPairs<T>& b, StoredState<T>& to) {
    if (!a.alive) return;
    const Windows& windows = std::get<PoolOp>(op.action).windows;
    const auto& kernels = image_kernels<T>();
    const std::array<long, 2> size{static_cast<long>(windows.size[0]), static_cast<long>(windows.size[1])};
    const std::array<long, 2> stride{static_cast<long>(windows.stride[0]), static_cast<long>(windows.stride[1])};
    const std::array<long, 2> low{static_cast<long>(windows.low[0]), static_cast<long>(windows.low[1])};
    const std::array<long, 2> in{static_cast<long>(op.in.height), static_cast<long>(op.in.width)};
    const std::array<long, 2> out{static_cast<long>(op.out.height), static_cast<long>(op.out.width)};

    // Displacements of the pool along an axis that `from` contributes to. A window that wraps sees `from` as all
    // displacements of its class.
    const auto reached = [&](long from, std::size_t axis, std::set<long>& result) {
        const long wraps = windows.circular ? size[axis] / in[axis] + 2 : 0;
        for (long turn = -wraps; turn <= wraps; ++turn) {
            const long d = from + turn * in[axis];
            for (long to_d = floor_divide(d - size[axis] + 1, stride[axis]);
                 to_d <= floor_divide(d + size[axis] - 1, stride[axis]); ++to_d) {
                if (to_d > -out[axis] && to_d < out[axis]) result.insert(to_d);
            }
        }
    };
    // Adds what the rectangle gives to the window pairs (P, P + d), P in row r of `pairs`, to a row of sums.
    const auto add_row = [&](const Rectangle<T>& from, const PlaneOfPairs<T>& pairs, std::size_t r, std::size_t c,
                             T* sums) {
        const std::array<long, 2>& moved = from.part.displacement;
        const std::array<long, 2>& d = pairs.displacement;
        const std::array<long, 2> offset{moved[0] - stride[0] * d[0], moved[1] - stride[1] * d[1]};
        const T* values = from.data + c * space_.stride;
        const auto& part = from.part;
        const long window_row = static_cast<long>(pairs.top + r) * stride[0] - low[0];
        for (long ay = std::max(0L, -offset[0]); ay < size[0] - std::max(0L, offset[0]); ++ay) {
            const long y = window_row + ay - static_cast<long>(part.top);
            if (y < 0 || y >= static_cast<long>(part.height)) continue;
            for (long ax = std::max(0L, -offset[1]); ax < size[1] - std::max(0L, offset[1]); ++ax) {
                // The windows whose tap ax lies in the rectangle.
                const long x = static_cast<long>(pairs.left) * stride[1] - low[1] + ax - static_cast<long>(part.left);
                const long skip = x >= 0 ? 0 : floor_divide(-x + stride[1] - 1, stride[1]);
                const long room = static_cast<long>(part.width) - 1 - x;
                const long end = room < 0 ? 0 : std::min(static_cast<long>(pairs.width), room / stride[1] + 1);
                if (skip >= end) continue;
                const std::size_t start = from.offset(part.top + static_cast<std::size_t>(y),
                                                      part.left + static_cast<std::size_t>(x + skip * stride[1]));
                kernels.add_strided(static_cast<std::size_t>(end - skip), windows.stride[1], values + start,
                                    sums + static_cast<std::size_t>(skip) * lanes<T>);
            }
        }
    };
    // The same where windows wrap: every tap of both windows is looked at.
    const auto add_wrapped_row = [&](const Rectangle<T>& from, const PlaneOfPairs<T>& pairs, std::size_t r,
                                     std::size_t c, T* sums) {
        const T* values = from.data + c * space_.stride;
        for (std::size_t x = 0; x < pairs.width; ++x) {
            const std::array<long, 2> at{static_cast<long>(pairs.top + r), static_cast<long>(pairs.left + x)};
            // Taps (a, b) along an axis with p + displacement = q, as places p.
            std::array<std::vector<std::size_t>, 2> places;
            for (std::size_t axis = 0; axis < 2; ++axis) {
                const long first_p = at[axis] * stride[axis] - low[axis];
                const long first_q = first_p + pairs.displacement[axis] * stride[axis];
                const auto period = static_cast<std::size_t>(in[axis]);
                for (long tap = 0; tap < size[axis]; ++tap) {
                    const std::size_t place = StoredState<T>::residue(first_p + tap, period);
                    const long target = static_cast<long>(place) + from.part.displacement[axis];
                    if (target < 0 || target >= in[axis]) continue;
                    for (long other = 0; other < size[axis]; ++other) {
                        if ((first_q + other - target) % in[axis] == 0) places[axis].push_back(place);
                    }
                }
            }
            for (const std::size_t y : places[0]) {
                for (const std::size_t z : places[1])
                    kernels.add(1, values + from.offset(y, z), sums + x * lanes<T>);
            }
        }
    };
    std::vector<T>& scratch = space_.scratch;
    for (const auto& displacement : displacements_of(a)) {
        const std::array<long, 2> opposite{-displacement[0], -displacement[1]};
        const bool same_plane = !b.alive;
        if (same_plane && displacement < opposite) continue;
        const bool both = opposite != displacement;
        const Rectangle<T> one(a, displacement);
        const Rectangle<T> other(same_plane ? a : b, opposite);
        std::array<std::set<long>, 2> targets;
        for (std::size_t axis = 0; axis < 2; ++axis) {
            reached(displacement[axis], axis, targets[axis]);
            reached(opposite[axis], axis, targets[axis]);
        }
        for (const long dy : targets[0]) {
            for (const long dx : targets[1]) {
                PlaneOfPairs<T> pairs;
                pairs.place({dy, dx}, op.out, false);
                if (to.plane(pairs.displacement, 0) == nullptr) continue;
                const std::size_t row_size = pairs.width * lanes<T>;
                for (std::size_t c = 0; c < channel_count(); ++c) {
                    T* values = to.plane(pairs.displacement, c);
                    for (std::size_t r = 0; r < pairs.height; ++r) {
                        std::fill_n(scratch.data(), 2 * row_size, static_cast<T>(0));
                        const auto add = [&](const Rectangle<T>& from, T* sums) {
                            if (windows.circular)
                                add_wrapped_row(from, pairs, r, c, sums);
                            else
                                add_row(from, pairs, r, c, sums);
                        };
                        add(one, scratch.data());
                        if (both) add(other, scratch.data() + row_size);
                        kernels.add(pairs.width, scratch.data() + row_size, scratch.data());
                        kernels.add(pairs.width, scratch.data(),
                                    values + ((pairs.top + r) * op.out.width + pairs.left) * lanes<T>);
                    }
                }
            }
        }
    }
}

template <typename T>
void ImageRun<T>::finish(std::size_t s) {
    const Stage& stage = setup_.program->stages[s];
    if (stage.last == stage.first) return;
    const ImageOp& op = setup_.program->ops[stage.last - 1];
    if (!op.reduces()) return;
    for (std::size_t i = 0; i < stage.outputs.size(); ++i) {
        if (stage.outputs[i].slot != op.slot) continue;
        StoredState<T>& to = space_.stored[s + 1][i];
        if (const auto* pooled = std::get_if<PoolOp>(&op.action)) {
            to.scale(static_cast<T>(pooled->factor));
            continue;
        }
        const auto positions = static_cast<double>(op.in.positions());
        const double divisor = std::holds_alternative<FlattenOp>(op.action) ? positions : positions * positions;
        for (std::size_t c = 0; c < channel_count(); ++c) {
            for (std::size_t lane = 0; lane < lanes<T>; ++lane)
                to.plane({0, 0}, c)[lane] = static_cast<T>(space_.totals[c * lanes<T> + lane] / divisor);
        }
    }
}

template <typename T>
std::unique_ptr<ImageSpace<T>> make_image_space(const ImageProgram& program, std::size_t channels) {
    auto space = std::make_unique<ImageSpace<T>>();
    std::size_t positions = program.input.positions();
    std::size_t strip = 1;
    std::size_t taps = 1;
    for (const ImageOp& op : program.ops) {
        positions = std::max({positions, op.in.positions(), op.out.positions()});
        if (const auto* affine = std::get_if<WindowedAffineOp>(&op.action)) {
            strip = std::max(strip, op.in.width + 2 * (affine->windows.size[1] + affine->windows.stride[1]));
            taps = std::max(taps, affine->windows.size[0]);
        }
    }
    space->stride = positions * lanes<T>;
    for (auto& slots : space->units) {
        slots.resize(program.slots);
        for (auto& slot : slots) {
            for (auto& buffer : slot.buffers)
                buffer.resize(channels * space->stride);
        }
    }
    space->strip.resize(strip * lanes<T>);
    space->row_pointers.resize(taps);
    space->scratch.resize(4 * space->stride);
    space->totals.resize(channels * lanes<T>);
    space->stored.resize(program.stages.size() + 1);
    for (std::size_t s = 0; s < program.stages.size(); ++s) {
        for (const StoredSlot& output : program.stages[s].outputs)
            space->stored[s + 1].emplace_back(output, channels);
    }
    return space;
}

template class ImageRun<double>;
template class ImageRun<float>;
template std::unique_ptr<ImageSpace<double>> make_image_space(const ImageProgram&, std::size_t);
template std::unique_ptr<ImageSpace<float>> make_image_space(const ImageProgram&, std::size_t);

} // namespace limsym::kernel
