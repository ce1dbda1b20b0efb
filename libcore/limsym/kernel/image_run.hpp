// One run of an image program: `lanes` pairs, or `lanes` images each paired with itself.
#pragma once

#include <memory>
#include <vector>

#include "limsym/kernel/image_engine.hpp"
#include "limsym/kernel/image_state.hpp"

namespace limsym::kernel {

template <typename T>
LaneAffine<T> lane_affine(const AffineOp& op) {
    return {static_cast<T>(op.weight), static_cast<T>(op.bias), static_cast<T>(op.ntk_kernel),
            static_cast<T>(op.ntk_bias)};
}

/// Of LaneSides::row.
template <typename T>
T side_value(const T* row, bool row_lanes, std::size_t position, std::size_t lane) {
    return row_lanes ? row[position * lanes<T> + lane] : row[position];
}

/// Of an image on its own.
template <typename T>
struct OwnPass {
    T* record = nullptr;                                ///< filled when given
    const std::vector<std::vector<T>>* seeds = nullptr; ///< inputs of stage s >= 1 at [s - 1] instead of stored states
    std::vector<VarianceRange>* ranges = nullptr;       ///< by operation: variances met before it, when given
    bool check = false;                                 ///< that no layer overflows
};

template <typename T>
class ImageRun {
public:
    /// @param own nullptr: pairs of different images
    ImageRun(const ImageSetup<T>& setup, ImageSpace<T>& space, const ImagePair<T>& pair, const OwnPass<T>* own);

    /// All displacements of a stage: reads its stored inputs, writes its outputs.
    void stage(std::size_t s);
    /// Displacement (0, 0) of an own pass alone, outputs not stored.
    void stage_of_own(std::size_t s);
    /// The (p, p) part of the stored inputs of stage s.
    void copy_seeds(std::size_t s, std::vector<T>& out) const;

private:
    using Slot = typename ImageSpace<T>::Slot;

    [[nodiscard]] std::size_t channel_count() const { return static_cast<std::size_t>(setup_.channels); }
    [[nodiscard]] T* channel(const PlaneOfPairs<T>& plane, std::size_t number) const {
        return plane.data + number * space_.stride;
    }

    void unit(std::size_t s, std::array<long, 2> displacement, std::size_t side);
    void load(std::size_t s, std::size_t number, std::array<long, 2> displacement, Slot& slot);
    void load_inputs(PlaneOfPairs<T>& plane) const;
    [[nodiscard]] bool reads_classes(std::size_t s, std::size_t slot) const;

    void step(std::size_t s, std::size_t& k, std::array<long, 2> displacement, std::vector<Slot>& slots);
    void windowed(std::size_t s, std::size_t& k, std::array<long, 2> displacement, Slot& slot);
    void window_row(const Windows& windows, const PlaneOfPairs<T>& in, const PlaneOfPairs<T>& out, std::size_t row,
                    std::size_t number);
    void affine(const AffineOp& op, const PlaneOfPairs<T>& plane, std::size_t first, std::size_t count) const;
    [[nodiscard]] const ImageOp* fused_activation(std::size_t s, std::size_t k) const;

    void activate(std::size_t k, const AffineOp* fused, const PlaneOfPairs<T>& plane, std::size_t first,
                  std::size_t count, std::size_t p, std::size_t q);
    void activate_table(std::size_t k, const PlaneOfPairs<T>& plane, std::size_t first, std::size_t count,
                        std::size_t p, std::size_t q);
    void table_sum(const RecordPoint& point, const std::vector<TermCount>& counts, std::size_t row_terms,
                   std::size_t column_terms, std::size_t means, std::size_t p, std::size_t q, std::size_t count,
                   const T* c, T* out) const;
    void activate_derivatives(std::size_t k, const PlaneOfPairs<T>& plane, std::size_t first, std::size_t count,
                              std::size_t p, std::size_t q);
    void normalise(const LaneSides<T>& factor, const LaneSides<T>& by_w, const LaneSides<T>& by_b, bool row_lanes,
                   const PlaneOfPairs<T>& plane, std::size_t first, std::size_t count) const;
    [[nodiscard]] LaneSides<T> field(const RecordPoint& point, std::size_t number, std::size_t p, std::size_t q) const;

    void own_activate(std::size_t k, const PlaneOfPairs<T>& plane);
    void own_record(std::size_t k, const PlaneOfPairs<T>& plane);
    void own_normalise(std::size_t k, const PlaneOfPairs<T>& plane);
    void own_dropout(double keep, const PlaneOfPairs<T>& plane) const;
    void note_range(std::size_t k, const PlaneOfPairs<T>& plane) const;
    void refuse_overflow(std::size_t k, const PlaneOfPairs<T>& plane, T before) const;

    void deliver(std::size_t s, bool two_units);
    void store(const PlaneOfPairs<T>& plane, StoredState<T>& to) const;
    void add_totals(const PlaneOfPairs<T>& plane, const std::array<long, 2>& displacement, std::vector<T>& sums) const;
    void global_pool(const PlaneOfPairs<T>& a, const PlaneOfPairs<T>& b);
    void pool(const ImageOp& op, const PlaneOfPairs<T>& a, const PlaneOfPairs<T>& b, StoredState<T>& to);
    void finish(std::size_t s);

    const ImageSetup<T>& setup_;
    ImageSpace<T>& space_;
    const ImagePair<T>& pair_;
    const OwnPass<T>* own_;
    bool diagonal_ = false; // the unit under way pairs positions with themselves, of one image
};

/// Room for runs of a program.
template <typename T>
[[nodiscard]] std::unique_ptr<ImageSpace<T>> make_image_space(const ImageProgram& program, std::size_t channels);

} // namespace limsym::kernel
