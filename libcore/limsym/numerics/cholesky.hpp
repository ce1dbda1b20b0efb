// Cholesky factorisation and what follows from it, tiled: the same bits for any number of threads.
#pragma once

#include <armadillo>
#include <cstddef>
#include <optional>

#include "limsym/base/monitor.hpp"

namespace limsym::numerics {

/// Where a factorisation failed.
struct NotPositiveDefinite {
    std::size_t row; ///< 0-based row of the pivot
    double pivot;    ///< its value before the square root
};

/// Overwrites the lower triangle of the symmetric A (n x n, lower triangle read) with L, A = L L^T; the strict upper
/// triangle is left alone.
/// @param relative_tolerance a pivot below this times the largest diagonal element of A counts as not positive
/// @returns nothing on success; on failure the first such pivot, and A is left half done
[[nodiscard]] std::optional<NotPositiveDefinite> cholesky_in_place(arma::mat& a, double relative_tolerance = 1e-14,
                                                                   const base::Monitor& monitor = {});

/// 2 sum_i log L_ii.
[[nodiscard]] double log_determinant(const arma::mat& lower);

/// B := L^-1 B (n x m), in column panels run in parallel; only the lower triangle of L is read, here and below.
void solve_lower_in_place(const arma::mat& lower, arma::mat& b);
/// B := L^-T B.
void solve_lower_transposed_in_place(const arma::mat& lower, arma::mat& b);
/// The lower triangle of A^-1 from L, overwriting L (dpotri by tiles).
void inverse_from_cholesky_in_place(arma::mat& lower);

/// Estimate of the 2-norm condition number of A = L L^T: power iteration on A and on A^-1 from a fixed start, at most
/// 30 steps or 5 % change; a lower bound, usually within 10 %. Each step reads L twice.
[[nodiscard]] double condition_estimate(const arma::mat& lower);

/// C := alpha A B^T + beta C with fixed tiles in parallel, the same bits for any number of threads
/// (A: m x k, B: n x k). Variants are named by their transposes. With beta = 0 C is given its shape, and what it held
/// does not matter. C is neither A nor B.
void multiply_nt(double alpha, const arma::mat& a, const arma::mat& b, double beta, arma::mat& c);
/// C := alpha A B + beta C
void multiply_nn(double alpha, const arma::mat& a, const arma::mat& b, double beta, arma::mat& c);
/// C := alpha A^T B + beta C
void multiply_tn(double alpha, const arma::mat& a, const arma::mat& b, double beta, arma::mat& c);

} // namespace limsym::numerics
