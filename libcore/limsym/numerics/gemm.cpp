#include "limsym/numerics/gemm.hpp"

#include <algorithm>
#include <type_traits>

#include <cblas.h>

namespace limsym::numerics {

template <typename T>
void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k, T alpha,
          const T* a, std::size_t stride_a, const T* b, std::size_t stride_b, T beta, T* c, std::size_t stride_c) {
    const auto name = [](Transpose t) { return t == Transpose::no ? CblasNoTrans : CblasTrans; };
    const auto whole = [](std::size_t v) { return static_cast<blasint>(v); };
    if constexpr (std::is_same_v<T, double>)
        cblas_dgemm(CblasColMajor, name(transpose_a), name(transpose_b), whole(m), whole(n), whole(k), alpha, a,
                    whole(stride_a), b, whole(stride_b), beta, c, whole(stride_c));
    else
        cblas_sgemm(CblasColMajor, name(transpose_a), name(transpose_b), whole(m), whole(n), whole(k), alpha, a,
                    whole(stride_a), b, whole(stride_b), beta, c, whole(stride_c));
}

template void gemm<double>(Transpose, Transpose, std::size_t, std::size_t, std::size_t, double, const double*,
                           std::size_t, const double*, std::size_t, double, double*, std::size_t);
template void gemm<float>(Transpose, Transpose, std::size_t, std::size_t, std::size_t, float, const float*, std::size_t,
                          const float*, std::size_t, float, float*, std::size_t);

Tile TileGrid::tile(std::size_t i) const {
    const std::size_t row = i % down() * edge_rows;
    const std::size_t column = i / down() * edge_columns;
    return {row, column, std::min(edge_rows, m - row), std::min(edge_columns, n - column)};
}

TileGrid product_tiles(std::size_t m, std::size_t n, std::size_t k) {
    // Multiplications and additions of a tile: below that BLAS copies more than it computes.
    constexpr std::size_t least_work = 4'000'000;
    constexpr std::size_t shortest_edge = 48;
    constexpr std::size_t longest_edge = 512;
    TileGrid grid{m, n, std::max<std::size_t>(m, 1), std::max<std::size_t>(n, 1)};
    const auto half = [](std::size_t edge) { return (edge / 2 + 15) / 16 * 16; };
    for (;;) {
        std::size_t& longer = grid.edge_rows >= grid.edge_columns ? grid.edge_rows : grid.edge_columns;
        const bool large = longer > longest_edge;
        const bool divisible = half(longer) >= shortest_edge && grid.edge_rows * grid.edge_columns * k > least_work;
        if (!large && !divisible) return grid;
        longer = half(longer);
    }
}

} // namespace limsym::numerics
