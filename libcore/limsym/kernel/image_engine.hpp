// The recursion of image networks for pairs of images: one row image with `lanes` column images at a time.
//
// Stage by stage and unit by unit (image_program.hpp). Variances of an image come from a pass of its own, in which the
// image is paired with itself and every formula is the one of the diagonal; pairs then read what the activations need
// of each side (the record). Extra channels travel with K: Theta, or derivatives of K by log sigma_w and log sigma_b.
#pragma once

#include <armadillo>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/kernel/dual_book.hpp"
#include "limsym/kernel/image_kernels.hpp"
#include "limsym/kernel/image_program.hpp"
#include "limsym/kernel/series_table.hpp"

namespace limsym::kernel {

enum class ImageChannels { nngp = 1, ntk = 2, derivatives = 3 };

/// What one activation or layer_norm keeps of an image: `fields` arrays over the positions.
///
/// For kernels: arc root and 1/root of q; erf also q, its 1/root being 1/sqrt(1 + 2 b^2 q); other closed forms q; with
/// terms 1/sqrt(q), then the terms. For derivatives: q, its derivatives by log sigma_w and log sigma_b, 1/sqrt(q), then
/// the terms. layer_norm: its factor, and for derivatives two more (image_run_own.cpp).
struct RecordPoint {
    std::size_t op = 0;
    std::size_t positions = 0;
    std::size_t fields = 0;
    std::size_t offset = 0;      ///< in numbers of one image
    std::size_t inverse = 0;     ///< number of the field 1/sqrt(q), where there are terms
    std::size_t means = 0;       ///< of E phi and E phi', for tables
    std::size_t first_value = 0; ///< of the terms of F
    std::size_t value_terms = 0;
    std::size_t first_slope = 0; ///< of the terms of D, when they are wanted
    std::size_t slope_terms = 0;
    std::size_t first_second = 0; ///< of what derivatives of F by q need, as many as value_terms
};

/// Both sides of the pairs under way. Row arrays hold one number an entry, or `lanes` of them when row_lanes.
template <typename T>
struct ImagePair {
    const T* row_input = nullptr; ///< [position][channel]
    const T* row_record = nullptr;
    const T* column_input = nullptr; ///< [position][channel][lane]
    const T* column_record = nullptr;
    bool row_lanes = false;
};

template <typename T>
struct ImageSpace;

/// What a run (image_run.hpp) reads of its engine.
template <typename T>
struct ImageSetup {
    const ImageProgram* program;
    const std::vector<DualBlock>* duals;
    const std::vector<std::shared_ptr<const SeriesTable>>* tables;
    const std::vector<RecordPoint>* points;
    const std::vector<std::size_t>* point_of;
    ImageChannels channels;
};

template <typename T>
class ImageEngine {
public:
    ImageEngine(const network::Network& network, std::size_t features, ImageChannels channels, double series_tolerance);
    ~ImageEngine();
    ImageEngine(const ImageEngine&) = delete;
    ImageEngine& operator=(const ImageEngine&) = delete;

    /// Images in groups of `lanes`, the last one filled up with its last image.
    struct Side {
        const arma::mat* data = nullptr; ///< n x d
        std::size_t rows = 0;
        std::size_t groups = 0;
        std::vector<std::vector<std::vector<T>>> seeds; ///< [group][stage - 1]: states of position pairs (p, p)
        arma::Mat<T> own;                               ///< channels x n: K(x, x), Theta(x, x) or derivatives
    };
    /// Propagates all images on their own: variances, series and tables by the variances that occur, powers of two that
    /// keep homogeneous networks in range, the diagonal of the kernel.
    /// @throws WorkError when a layer overflows, or all values of images that are not 0 underflow
    void prepare(const std::vector<Side*>& sides, const base::Monitor& monitor);
    [[nodiscard]] Side make_side(const arma::mat& x) const;

    [[nodiscard]] std::size_t channels() const { return static_cast<std::size_t>(setup_.channels); }
    [[nodiscard]] long log2_scale() const { return program_.log2_scale; }
    [[nodiscard]] std::size_t features() const { return features_; }
    /// Numbers of one image's record.
    [[nodiscard]] std::size_t record_size() const { return record_size_; }
    /// Do pairs of different positions matter?
    [[nodiscard]] bool pools() const;

    /// [position][channel][lane] of a group.
    void load_inputs(const Side& side, std::size_t group, std::vector<T>& out) const;
    /// The record of a group, [number][lane]; `inputs` as load_inputs makes them.
    void record(const Side& side, std::size_t group, const std::vector<T>& inputs, std::vector<T>& out);
    /// The last state of all lanes: out[channel][lane].
    void pairs(const ImagePair<T>& pair, T* out);

private:
    using Ranges = std::vector<VarianceRange>; ///< by operation: of the variances before it

    void forget();
    void choose(const std::vector<Side*>& sides, const base::Monitor& monitor);
    void make_dual(std::size_t k, const network::Activation& activation, const VarianceRange& range);
    void make_records(std::size_t stage);
    void run_own(const std::vector<Side*>& sides, std::size_t stages, Ranges* ranges, const base::Monitor& monitor);
    [[nodiscard]] Ranges ranges_of(const std::vector<Side*>& sides, std::size_t stage);
    void rescale(const std::vector<Side*>& sides, const base::Monitor& monitor);
    [[nodiscard]] bool dies_away(const std::vector<Side*>& sides) const;
    [[nodiscard]] std::unique_ptr<ImageSpace<T>> borrow();
    void give_back(std::unique_ptr<ImageSpace<T>> space);

    std::size_t features_;
    DualBook book_;
    ImageProgram program_;
    ImageSetup<T> setup_;
    std::vector<DualBlock> duals_;                           // by operation
    std::vector<std::shared_ptr<const SeriesTable>> tables_; // by operation, of series
    std::map<const HermiteSeries*, std::shared_ptr<const SeriesTable>> series_tables_;
    std::vector<RecordPoint> points_;   // in order of operations
    std::vector<std::size_t> point_of_; // by operation
    std::size_t record_size_ = 0;
    std::mutex mutex_;
    std::vector<std::unique_ptr<ImageSpace<T>>> spare_;
};

} // namespace limsym::kernel
