// The inner loops of the image engine: arrays of [position][lane], a lane being a pair of images.
//
// One row image is paired with `lanes` column images at a time. Every lane goes through the same operations in the same
// order, symmetrically in row and column, so that neither its number nor its neighbours change a bit.
#pragma once

#include <cstddef>
#include <string_view>

#include "limsym/kernel/term_count.hpp"

namespace limsym::kernel {

/// Pairs handled together: one cache line of numbers.
template <typename T>
inline constexpr std::size_t lanes = 64 / sizeof(T);

/// K' = weight S + bias; Theta' = weight S_Theta + kernel S + constant, S the sums over a window.
template <typename T>
struct LaneAffine {
    T weight = 1;
    T bias = 0;
    T kernel = 1;
    T constant = 0;
};

/// Numbers that the row and the column image bring to each position.
template <typename T>
struct LaneSides {
    const T* row;    ///< [position], or [position][lane] when row_lanes
    const T* column; ///< [position][lane]
};

/// A tabulated dual activation (dual_table.hpp). Term k stands k row_stride (column_stride) after the first.
template <typename T>
struct LaneTable {
    std::size_t angles = 0;
    const TermCount* counts = nullptr; ///< by polynomial
    LaneSides<T> terms{};
    std::size_t row_stride = 0;
    std::size_t column_stride = 0;
    LaneSides<T> inverse{}; ///< 1/sqrt(q), 0 for q = 0
    LaneSides<T> mean{};    ///< whose product stands where a variance is 0; nullptr: 0 there
};

/// `n` counts positions everywhere.
template <typename T>
struct ImageKernels {
    /// out = sum over the `count` rows of numbers.
    void (*sum_rows)(std::size_t n, std::size_t count, const T* const* rows, T* out);
    /// out[p] = sum over t < taps of strip[p stride + t].
    void (*sum_taps)(std::size_t n, std::size_t taps, std::size_t stride, const T* strip, T* out);
    /// out = factor sum over channels of row x column, [position][channel] x [position][channel][lane].
    void (*multiply_inputs)(std::size_t n, std::size_t channels, T factor, bool row_lanes, const LaneSides<T>& inputs,
                            T* out);
    /// c = weight c + bias
    void (*affine)(std::size_t n, T weight, T bias, T* c);
    /// extra = weight extra + kernel c + constant
    void (*affine_extra)(std::size_t n, const LaneAffine<T>& affine, const T* c, T* extra);
    /// out = sqrt(q)
    void (*roots)(std::size_t n, const T* q, T* out);
    /// out = 1/sqrt(shift + factor q), 0 where that is not positive
    void (*inverse_roots)(std::size_t n, T shift, T factor, const T* q, T* out);
    /// abrelu after the affine map: F = g S + D c, D = h - g angle.
    void (*arc)(std::size_t n, const LaneAffine<T>& affine, T g, T h, bool row_lanes, const LaneSides<T>& root,
                const LaneSides<T>& inverse, T* c, T* theta);
    /// a erf(b x) + c0: F = value asin(rho) + offset, D = slope r1 r2 / sqrt(1 - rho^2), rho = two_bb c r1 r2.
    void (*erf)(std::size_t n, const LaneAffine<T>& affine, T value, T offset, T slope, T two_bb, bool row_lanes,
                const LaneSides<T>& root, const LaneSides<T>& inverse, const LaneSides<T>& variance, T* c, T* theta);
    /// out = sum over k < terms of row_k column_k t^k, t = c inverse inverse clipped to [-1, 1] (t = c when
    /// inverse.row is nullptr); term k stands k row_stride (column_stride) after the first.
    void (*series)(std::size_t n, std::size_t terms, bool row_lanes, const LaneSides<T>& coefficients,
                   std::size_t row_stride, std::size_t column_stride, const LaneSides<T>& inverse, const T* c, T* out);
    /// out = sum_k T_k(1 - 2 angle/pi) (sum of the products of polynomial k); out may be c
    void (*table)(std::size_t n, const LaneTable<T>& table, bool row_lanes, const T* c, T* out);
    /// c *= row x column
    void (*scale)(std::size_t n, bool row_lanes, const LaneSides<T>& factor, T* c);
    /// c *= other
    void (*multiply)(std::size_t n, const T* other, T* c);
    /// c += other
    void (*add)(std::size_t n, const T* other, T* c);
    /// c[p] += other[p stride]
    void (*add_strided)(std::size_t n, std::size_t stride, const T* other, T* c);
    /// sum[lane] = sum over positions
    void (*total)(std::size_t n, const T* c, T* sum);
    std::string_view name;
};

/// The variant for this processor; LIMSYM_VMATH=generic (or avx2) in the environment forces a simpler one.
template <typename T>
[[nodiscard]] const ImageKernels<T>& image_kernels();

} // namespace limsym::kernel
