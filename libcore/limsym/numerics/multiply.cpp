// Matrix products by fixed tiles of the result, each one single-threaded BLAS call over the whole inner dimension.
#include <algorithm>
#include <stdexcept>

#include <cblas.h>

#include "limsym/base/parallel.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/cholesky.hpp"

namespace limsym::numerics {

namespace {

void multiply(double alpha, const arma::mat& a, CBLAS_TRANSPOSE transpose_a, const arma::mat& b,
              CBLAS_TRANSPOSE transpose_b, double beta, arma::mat& c) {
    use_serial_blas();
    const std::size_t rows = transpose_a == CblasNoTrans ? a.n_rows : a.n_cols;
    const std::size_t inner = transpose_a == CblasNoTrans ? a.n_cols : a.n_rows;
    const std::size_t columns = transpose_b == CblasNoTrans ? b.n_cols : b.n_rows;
    if (inner != (transpose_b == CblasNoTrans ? b.n_rows : b.n_cols))
        throw std::invalid_argument("multiply: inner dimensions differ");
    if (beta == 0.0)
        c.set_size(rows, columns);
    else if (c.n_rows != rows || c.n_cols != columns)
        throw std::invalid_argument("multiply: the result has another shape");
    if (c.is_empty()) return;
    if (inner == 0) {
        c *= beta;
        if (beta == 0.0) c.zeros();
        return;
    }
    // Tall tiles run faster than square ones; small products are cut finer, so that there is work for every thread.
    const bool large = rows * columns >= std::size_t{2048} * 2048;
    const std::size_t edge_rows = large ? 1024 : 256;
    const std::size_t edge_columns = large ? 512 : 256;
    const std::size_t tile_rows = (rows + edge_rows - 1) / edge_rows;
    const std::size_t tile_columns = (columns + edge_columns - 1) / edge_columns;
    const int stride_a = static_cast<int>(a.n_rows);
    const int stride_b = static_cast<int>(b.n_rows);
    const int stride_c = static_cast<int>(c.n_rows);
    base::parallel_for(tile_rows * tile_columns, [&](std::size_t t) {
        const std::size_t row = t % tile_rows * edge_rows;
        const std::size_t column = t / tile_rows * edge_columns;
        const int height = static_cast<int>(std::min<std::size_t>(edge_rows, rows - row));
        const int width = static_cast<int>(std::min<std::size_t>(edge_columns, columns - column));
        const double* part_a = a.memptr() + (transpose_a == CblasNoTrans ? row : row * a.n_rows);
        const double* part_b = b.memptr() + (transpose_b == CblasNoTrans ? column * b.n_rows : column);
        double* part_c = c.memptr() + row + column * c.n_rows;
        if (columns == 1) {
            // B is a vector; as a row (1 x k) its entries are b.n_rows = 1 apart as well.
            const bool plain = transpose_a == CblasNoTrans;
            cblas_dgemv(CblasColMajor, transpose_a, plain ? height : static_cast<int>(inner),
                        plain ? static_cast<int>(inner) : height, alpha, part_a, stride_a, b.memptr(), 1, beta, part_c,
                        1);
            return;
        }
        cblas_dgemm(CblasColMajor, transpose_a, transpose_b, height, width, static_cast<int>(inner), alpha, part_a,
                    stride_a, part_b, stride_b, beta, part_c, stride_c);
    });
}

} // namespace

void multiply_nt(double alpha, const arma::mat& a, const arma::mat& b, double beta, arma::mat& c) {
    multiply(alpha, a, CblasNoTrans, b, CblasTrans, beta, c);
}

void multiply_nn(double alpha, const arma::mat& a, const arma::mat& b, double beta, arma::mat& c) {
    multiply(alpha, a, CblasNoTrans, b, CblasNoTrans, beta, c);
}

void multiply_tn(double alpha, const arma::mat& a, const arma::mat& b, double beta, arma::mat& c) {
    multiply(alpha, a, CblasTrans, b, CblasNoTrans, beta, c);
}

} // namespace limsym::numerics
