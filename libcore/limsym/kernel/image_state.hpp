// Where the numbers of a pair's state stand in memory, displacement by displacement.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <vector>

#include "limsym/kernel/image_kernels.hpp"
#include "limsym/kernel/image_program.hpp"

namespace limsym::kernel {

/// The part of a state with one displacement d = q - p: a rectangle of positions p, row by row, or (torus) all
/// positions, d taken modulo the extent.
template <typename T>
struct PlaneOfPairs {
    bool alive = false;
    bool torus = false;
    std::array<long, 2> displacement{0, 0};
    network::Extent extent; ///< of the image
    std::size_t top = 0;    ///< first p
    std::size_t left = 0;
    std::size_t height = 0;
    std::size_t width = 0;
    T* data = nullptr; ///< [channel][position][lane]

    [[nodiscard]] std::size_t positions() const { return height * width; }
    [[nodiscard]] bool whole() const { return displacement == std::array<long, 2>{0, 0}; }

    /// Sets the rectangle of a displacement; not alive when there is no such pair.
    void place(std::array<long, 2> d, const network::Extent& of, bool on_torus) {
        displacement = d;
        extent = of;
        torus = on_torus;
        if (torus) {
            top = left = 0;
            height = of.height;
            width = of.width;
            alive = true;
            return;
        }
        const auto bound = [](long shift, std::size_t size, std::size_t& first, std::size_t& count) {
            const auto distance = static_cast<std::size_t>(shift < 0 ? -shift : shift);
            first = shift < 0 ? distance : 0;
            count = distance < size ? size - distance : 0;
        };
        bound(d[0], of.height, top, height);
        bound(d[1], of.width, left, width);
        alive = height > 0 && width > 0;
    }

    /// Calls use(first position in the plane, count, p, q) for runs of contiguous positions of row r.
    template <typename Use>
    void row_runs(std::size_t r, const Use& use) const {
        const std::size_t y = top + r;
        if (!torus) {
            const auto q = (static_cast<long>(y) + displacement[0]) * static_cast<long>(extent.width) +
                           static_cast<long>(left) + displacement[1];
            use(r * width, width, y * extent.width + left, static_cast<std::size_t>(q));
            return;
        }
        const std::size_t other = (y + static_cast<std::size_t>(displacement[0])) % extent.height;
        const auto shift = static_cast<std::size_t>(displacement[1]);
        use(r * width, width - shift, y * width, other * width + shift);
        if (shift > 0) use(r * width + width - shift, shift, y * width + width - shift, other * width);
    }
    /// The same for the whole plane.
    template <typename Use>
    void runs(const Use& use) const {
        if (whole()) {
            use(std::size_t{0}, positions(), std::size_t{0}, std::size_t{0});
            return;
        }
        for (std::size_t r = 0; r < height; ++r)
            row_runs(r, use);
    }
};

/// A state kept between stages: for each class of displacements modulo the extent, one number a position p.
template <typename T>
class StoredState {
public:
    StoredState() = default;
    StoredState(const StoredSlot& slot, std::size_t channels) : extent_(slot.extent), channels_(channels) {
        index(slot.needed.rows, slot.extent.height, rows_);
        index(slot.needed.columns, slot.extent.width, columns_);
        row_count_ = static_cast<std::size_t>(std::count_if(rows_.begin(), rows_.end(), [](long k) { return k >= 0; }));
        column_count_ =
            static_cast<std::size_t>(std::count_if(columns_.begin(), columns_.end(), [](long k) { return k >= 0; }));
    }
    [[nodiscard]] std::size_t size() const {
        return row_count_ * column_count_ * channels_ * extent_.positions() * lanes<T>;
    }
    [[nodiscard]] const network::Extent& extent() const { return extent_; }
    void clear() { data_.assign(size(), static_cast<T>(0)); }
    void ready() { data_.resize(size()); }

    void scale(T factor) {
        for (T& value : data_)
            value *= factor;
    }

    /// Numbers of all positions for a displacement's class; nullptr when it is not kept.
    [[nodiscard]] T* plane(const std::array<long, 2>& displacement, std::size_t channel) {
        const long row = rows_[residue(displacement[0], extent_.height)];
        const long column = columns_[residue(displacement[1], extent_.width)];
        if (row < 0 || column < 0) return nullptr;
        const std::size_t number = static_cast<std::size_t>(row) * column_count_ + static_cast<std::size_t>(column);
        return data_.data() + (number * channels_ + channel) * extent_.positions() * lanes<T>;
    }

    static std::size_t residue(long d, std::size_t size) {
        const auto period = static_cast<long>(size);
        return static_cast<std::size_t>(((d % period) + period) % period);
    }

private:
    static void index(const std::set<long>& needed, std::size_t size, std::vector<long>& out) {
        out.assign(size, -1);
        for (const long d : needed)
            out[residue(d, size)] = 0;
        long next = 0;
        for (long& k : out) {
            if (k == 0) k = next++;
        }
    }

    network::Extent extent_;
    std::size_t channels_ = 1;
    std::size_t row_count_ = 0;
    std::size_t column_count_ = 0;
    std::vector<long> rows_;
    std::vector<long> columns_;
    std::vector<T> data_;
};

/// Room for one run: planes of every slot, twice (a unit and its opposite), and the stored states between stages.
template <typename T>
struct ImageSpace {
    struct Slot {
        PlaneOfPairs<T> plane;
        std::array<std::vector<T>, 2> buffers;
        std::size_t current = 0;
    };
    std::array<std::vector<Slot>, 2> units;
    std::vector<std::vector<StoredState<T>>> stored; ///< [stage]: its inputs, in order
    std::size_t stride = 0;                          ///< numbers of one channel in a buffer
    std::vector<T> strip;
    std::vector<const T*> row_pointers;
    std::vector<T> scratch;
    std::vector<double> totals;
};

} // namespace limsym::kernel
