// Matrix products on column-major blocks, in both precisions, and the fixed tiles by which they run in parallel.
//
// A product is cut into tiles of its result that depend on its shape alone; every tile is one single-threaded BLAS
// call over the whole inner dimension. So the bits do not depend on the number of threads, and a caller may finish a
// tile (add a bias, apply a function) while it is in the cache:
//
//     const TileGrid tiles = product_tiles(m, n, k);
//     base::parallel_for(tiles.count(), [&](std::size_t i) {
//         const Tile t = tiles.tile(i);
//         gemm<T>(Transpose::no, Transpose::no, t.rows, t.columns, k, 1, a + t.row, lda, b + t.column * ldb, ldb, 0,
//                 c + t.row + t.column * ldc, ldc);
//         ... finish the tile ...
//     });
#pragma once

#include <cstddef>

namespace limsym::numerics {

enum class Transpose { no, yes };

/// C := alpha op(A) op(B) + beta C for T = double or float: C m x n, inner dimension k; a column of a matrix is
/// `stride` numbers after the one before it. With beta = 0 what C held does not matter. One BLAS call; call
/// use_serial_blas() first.
template <typename T>
void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k, T alpha,
          const T* a, std::size_t stride_a, const T* b, std::size_t stride_b, T beta, T* c, std::size_t stride_c);

/// A block of a result.
struct Tile {
    std::size_t row;
    std::size_t column;
    std::size_t rows;
    std::size_t columns;
};

/// The tiles of an m x n result: a grid of equal blocks but for the last row and column; tiles run down the columns.
struct TileGrid {
    std::size_t m = 0;
    std::size_t n = 0;
    std::size_t edge_rows = 1;
    std::size_t edge_columns = 1;

    [[nodiscard]] std::size_t down() const { return (m + edge_rows - 1) / edge_rows; }
    [[nodiscard]] std::size_t across() const { return (n + edge_columns - 1) / edge_columns; }
    [[nodiscard]] std::size_t count() const { return down() * across(); }
    [[nodiscard]] Tile tile(std::size_t i) const;
};

/// Tiles for an m x n product with inner dimension k: about a quarter of a millisecond each, so that the threads share
/// even one mini-batch, and never so small that BLAS spends its time on copying. Depends on the shape alone.
[[nodiscard]] TileGrid product_tiles(std::size_t m, std::size_t n, std::size_t k);

} // namespace limsym::numerics
