// What follows from a Cholesky factor: determinants, solves, inverses, condition numbers.
#include <algorithm>
#include <cmath>

#include <cblas.h>

#include "limsym/base/parallel.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/cholesky.hpp"
#include "limsym/numerics/lapack.hpp"

namespace limsym::numerics {

namespace {

int size(std::size_t n) {
    return static_cast<int>(n);
}

// Columns solved together: enough panels to share among threads, wide enough for matrix products.
std::size_t panel_width(std::size_t columns) {
    return std::clamp<std::size_t>((columns + 7) / 8, 8, 256);
}

void solve_in_panels(const arma::mat& lower, arma::mat& b, CBLAS_TRANSPOSE transposed) {
    if (b.is_empty()) return;
    use_serial_blas();
    const int n = size(lower.n_rows);
    if (b.n_cols == 1) {
        cblas_dtrsv(CblasColMajor, CblasLower, transposed, CblasNonUnit, n, lower.memptr(), n, b.memptr(), 1);
        return;
    }
    const std::size_t width = panel_width(b.n_cols);
    base::parallel_for((b.n_cols + width - 1) / width, [&](std::size_t p) {
        const std::size_t columns = std::min<std::size_t>(width, b.n_cols - p * width);
        cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, transposed, CblasNonUnit, n, size(columns), 1.0,
                    lower.memptr(), n, b.colptr(p * width), n);
    });
}

} // namespace

double log_determinant(const arma::mat& lower) {
    double sum = 0.0;
    for (std::size_t i = 0; i < lower.n_rows; ++i)
        sum += std::log(lower.at(i, i));
    return 2.0 * sum;
}

void solve_lower_in_place(const arma::mat& lower, arma::mat& b) {
    solve_in_panels(lower, b, CblasNoTrans);
}

void solve_lower_transposed_in_place(const arma::mat& lower, arma::mat& b) {
    solve_in_panels(lower, b, CblasTrans);
}

namespace {

// A square matrix in square tiles.
class Tiles {
public:
    explicit Tiles(arma::mat& a) : a_(a), edge_(a.n_rows <= 1024 ? 128 : 256) {}

    std::size_t count() const { return (a_.n_rows + edge_ - 1) / edge_; }
    int rows(std::size_t i) const { return size(std::min<std::size_t>(edge_, a_.n_rows - i * edge_)); }
    double* at(std::size_t i, std::size_t j) const { return a_.memptr() + i * edge_ + j * edge_ * a_.n_rows; }
    int stride() const { return size(a_.n_rows); }

private:
    arma::mat& a_;
    std::size_t edge_;
};

// L := L^-1, one block column at a time: with the columns before k already those of the inverse of the leading block,
// rows below k take -L_ik L_kk^-1 times row k.
void invert_lower_in_place(const Tiles& tiles) {
    const std::size_t count = tiles.count();
    const int stride = tiles.stride();
    for (std::size_t k = 0; k < count; ++k) {
        const std::size_t below = count - k - 1;
        base::parallel_for(below, [&](std::size_t r) {
            const std::size_t i = k + 1 + r;
            cblas_dtrsm(CblasColMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, tiles.rows(i), tiles.rows(k),
                        -1.0, tiles.at(k, k), stride, tiles.at(i, k), stride);
        });
        base::parallel_for(below * k, [&](std::size_t t) {
            const std::size_t i = k + 1 + t / k;
            const std::size_t j = t % k;
            cblas_dgemm(CblasColMajor, CblasNoTrans, CblasNoTrans, tiles.rows(i), tiles.rows(j), tiles.rows(k), 1.0,
                        tiles.at(i, k), stride, tiles.at(k, j), stride, 1.0, tiles.at(i, j), stride);
        });
        base::parallel_for(k, [&](std::size_t j) {
            cblas_dtrsm(CblasColMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, tiles.rows(k), tiles.rows(j),
                        1.0, tiles.at(k, k), stride, tiles.at(k, j), stride);
        });
        lapack::invert_lower(static_cast<std::size_t>(tiles.rows(k)), tiles.at(k, k), static_cast<std::size_t>(stride));
    }
}

// M := M^T M, lower triangle, one block row at a time.
void transposed_times_self_in_place(const Tiles& tiles) {
    const std::size_t count = tiles.count();
    const int stride = tiles.stride();
    for (std::size_t k = 0; k < count; ++k) {
        base::parallel_for(k * k, [&](std::size_t t) {
            const std::size_t i = t / k;
            const std::size_t j = t % k;
            if (j > i) return;
            if (i == j)
                cblas_dsyrk(CblasColMajor, CblasLower, CblasTrans, tiles.rows(i), tiles.rows(k), 1.0, tiles.at(k, i),
                            stride, 1.0, tiles.at(i, i), stride);
            else
                cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, tiles.rows(i), tiles.rows(j), tiles.rows(k), 1.0,
                            tiles.at(k, i), stride, tiles.at(k, j), stride, 1.0, tiles.at(i, j), stride);
        });
        base::parallel_for(k, [&](std::size_t j) {
            cblas_dtrmm(CblasColMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, tiles.rows(k), tiles.rows(j),
                        1.0, tiles.at(k, k), stride, tiles.at(k, j), stride);
        });
        lapack::lower_transposed_times_lower(static_cast<std::size_t>(tiles.rows(k)), tiles.at(k, k),
                                             static_cast<std::size_t>(stride));
    }
}

} // namespace

void inverse_from_cholesky_in_place(arma::mat& lower) {
    use_serial_blas();
    const Tiles tiles(lower);
    invert_lower_in_place(tiles);
    transposed_times_self_in_place(tiles);
}

namespace {

// Largest eigenvalue of a symmetric positive definite operator by power iteration from a fixed start.
template <typename Apply>
double largest_eigenvalue(std::size_t n, const Apply& apply) {
    arma::vec x(n, arma::fill::none);
    // Neither constant nor alternating, so that it is not orthogonal to the usual extreme eigenvectors.
    for (std::size_t i = 0; i < n; ++i)
        x[i] = 1.0 + 0.5 * std::sin(1.0 + 2.5 * static_cast<double>(i));
    double value = 0.0;
    for (int iteration = 0; iteration < 30; ++iteration) {
        const double length = cblas_dnrm2(size(n), x.memptr(), 1);
        if (!(length > 0.0) || !std::isfinite(length)) break;
        cblas_dscal(size(n), 1.0 / length, x.memptr(), 1);
        apply(x);
        const double estimate = cblas_dnrm2(size(n), x.memptr(), 1);
        const bool settled = std::fabs(estimate - value) <= 0.05 * estimate;
        value = estimate;
        if (settled) break;
    }
    return value;
}

} // namespace

double condition_estimate(const arma::mat& lower) {
    if (lower.is_empty()) return 1.0;
    use_serial_blas();
    const int n = size(lower.n_rows);
    const double* l = lower.memptr();
    const double largest = largest_eigenvalue(lower.n_rows, [&](arma::vec& x) {
        cblas_dtrmv(CblasColMajor, CblasLower, CblasTrans, CblasNonUnit, n, l, n, x.memptr(), 1);
        cblas_dtrmv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, n, l, n, x.memptr(), 1);
    });
    const double inverse_of_smallest = largest_eigenvalue(lower.n_rows, [&](arma::vec& x) {
        cblas_dtrsv(CblasColMajor, CblasLower, CblasNoTrans, CblasNonUnit, n, l, n, x.memptr(), 1);
        cblas_dtrsv(CblasColMajor, CblasLower, CblasTrans, CblasNonUnit, n, l, n, x.memptr(), 1);
    });
    return std::max(1.0, largest * inverse_of_smallest);
}

} // namespace limsym::numerics
