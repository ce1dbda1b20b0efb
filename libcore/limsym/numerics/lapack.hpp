// The few LAPACK routines that numerics calls, on column-major blocks with leading dimension `stride`.
// Single-threaded once use_serial_blas() was called. Integers are LAPACK's 32-bit ones.
#pragma once

#include <cstddef>
#include <vector>

namespace limsym::numerics::lapack {

/// L of A = L L^T over the lower triangle (dpotrf); 0, or the 1-based order of the first minor that is not positive.
[[nodiscard]] int cholesky_lower(std::size_t n, double* a, std::size_t stride);
/// L^-1 over the lower triangle (dtrtri); the diagonal holds no zero.
void invert_lower(std::size_t n, double* a, std::size_t stride);
/// The lower triangle of L^T L over that of L (dlauum).
void lower_transposed_times_lower(std::size_t n, double* a, std::size_t stride);
/// Eigenvalues (ascending) of the symmetric tridiagonal matrix; `diagonal` n, `off_diagonal` n - 1 (dsterf).
/// @returns false when it does not converge
[[nodiscard]] bool tridiagonal_eigenvalues(std::vector<double>& diagonal, std::vector<double>& off_diagonal);
/// Eigenvalues (ascending) of the symmetric A, lower triangle read; A becomes the eigenvectors, or is destroyed
/// (dsyevd). @returns false when it does not converge
[[nodiscard]] bool symmetric_eigen(std::size_t n, double* a, double* values, bool with_vectors);
/// L of P' A P = L L^T with complete pivoting over the lower triangle; `pivots` (n, 0-based) says which row of A stands
/// at each place (dpstrf with its default tolerance n eps max A_ii). @returns the numerical rank
[[nodiscard]] std::size_t pivoted_cholesky_lower(std::size_t n, double* a, std::size_t stride,
                                                 std::vector<std::size_t>& pivots);

} // namespace limsym::numerics::lapack
