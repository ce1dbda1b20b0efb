// Is a matrix a kernel, and are two kernels the same?
#pragma once

#include <armadillo>
#include <array>
#include <cstddef>
#include <optional>

namespace limsym::kernel {

struct MatrixCheck {
    bool symmetric = false; ///< asymmetry <= tolerance max|K|
    double asymmetry = 0.0; ///< max |K - K^T|
    double min_eig = 0.0;   ///< of the lower triangle, mirrored
    double max_eig = 0.0;
    std::optional<double> cond; ///< max_eig / min_eig; nothing when min_eig <= 0
    bool psd = false;           ///< min_eig >= -tolerance max_eig
};
/// @param k square, at least 1 x 1
[[nodiscard]] MatrixCheck check_matrix(const arma::mat& k, double tolerance);

struct Comparison {
    bool equal = true;                   ///< every |a - b| <= atol + rtol |reference|
    double max_abs = 0.0;                ///< largest |a - b|
    double max_rel = 0.0;                ///< largest |a - b| / |reference| where the reference is not 0
    std::array<std::size_t, 2> at{0, 0}; ///< row and column of max_abs, from 0; the first in row order
};
/// @throws InputError when the shapes differ, with both
[[nodiscard]] Comparison compare_matrices(const arma::mat& a, const arma::mat& reference, double rtol, double atol);

} // namespace limsym::kernel
