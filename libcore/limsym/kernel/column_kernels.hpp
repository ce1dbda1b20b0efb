// The inner loops of the tile engine: one column of a tile at a time, compiled for several instruction sets.
//
// Every entry is computed by the same operations in the same order wherever it stands in a column, and symmetrically in
// its row and column numbers: permuted inputs give permuted bits.
#pragma once

#include <cstddef>
#include <string_view>

#include "limsym/kernel/term_count.hpp"

namespace limsym::kernel {

/// An affine layer fused into the loop that follows it; see AffineOp. By default it leaves K and Theta as they are.
template <typename T>
struct ColumnAffine {
    T weight = 1;
    T bias = 0;
    T ntk_kernel = 0;
    T ntk_bias = 0;
};

/// What the angle kernels need of the rows (arrays) and of the column (numbers).
template <typename T>
struct AngleRows {
    const T* root;     ///< sqrt(q)
    const T* inverse;  ///< arc: 1/sqrt(q), 0 for q = 0; erf: 1/sqrt(1 + 2 b^2 q)
    const T* variance; ///< q (erf only)
    T column_root;
    T column_inverse;
    T column_variance;
};

/// A tabulated dual activation (dual_table.hpp) for the rows and a column.
template <typename T>
struct ColumnTable {
    std::size_t angles = 0;
    const TermCount* counts = nullptr; ///< by polynomial
    const T* rows = nullptr;           ///< term k of row i at rows[k stride + i]
    std::size_t stride = 0;
    const T* column = nullptr;
    const T* inverse = nullptr; ///< 1/sqrt(q), 0 for q = 0
    T column_inverse = 0;
    const T* mean = nullptr; ///< what the row brings where a variance is 0; nullptr: nothing
    T column_mean = 0;
};

/// Pointers named c hold K and are overwritten; theta may be nullptr when no NTK is wanted.
template <typename T>
struct ColumnKernels {
    /// c = factor c. @returns whether any |c| > limit root_i column_root: such pairs need care
    bool (*scale_input)(std::size_t n, T factor, T limit, const T* root, T column_root, T* c);
    void (*affine)(std::size_t n, const ColumnAffine<T>& affine, T* c, T* theta);
    /// abrelu(a, b): F = g S + D c, D = h - g angle, g = (a-b)^2/(2 pi), h = (a^2+b^2)/2, after the affine map.
    void (*arc)(std::size_t n, const ColumnAffine<T>& affine, T g, T h, const AngleRows<T>& rows, T* c, T* theta);
    /// a erf(b x) + c0: F = value asin(rho) + offset, D = slope r1 r2 / sqrt(1 - rho^2), rho = two_bb c r1 r2.
    void (*erf)(std::size_t n, const ColumnAffine<T>& affine, T value, T offset, T slope, T two_bb,
                const AngleRows<T>& rows, T* c, T* theta);
    /// c = sum_k (row coefficients k)_i (column coefficient k) t^k, t = c inverse_i column_inverse clipped to [-1, 1]
    /// (t = c when inverse is nullptr); row coefficient k of row i stands at rows[k stride + i].
    void (*series)(std::size_t n, std::size_t terms, std::size_t stride, const T* rows, const T* column,
                   const T* inverse, T column_inverse, const T* c, T* out);
    /// out = sum_k T_k(1 - 2 angle/pi) (sum of the products of polynomial k); out may be c
    void (*table)(std::size_t n, const ColumnTable<T>& table, const T* c, T* out);
    std::string_view name;
};

/// The variant for this processor; LIMSYM_VMATH=generic in the environment forces the portable one.
template <typename T>
[[nodiscard]] const ColumnKernels<T>& column_kernels();

} // namespace limsym::kernel
