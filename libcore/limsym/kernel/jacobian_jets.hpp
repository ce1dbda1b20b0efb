// Kernels of a wide network with their derivatives by the inputs, in the coordinates in which they are cheap.
//
// Every kernel K(x, x') here depends on the inputs through S = |x|^2, T = |x'|^2 and R = x.x' alone. Its derivative
// blocks K_ab = d_a d'_b K (a = 0: the value, a = 1..d: d/dx_a) follow from eight numbers a pair:
//   K_a0 = 2 x_a K_S + x'_a K_R          K_0b = 2 x'_b K_T + x_b K_R
//   K_ab = delta_ab K_R + 4 x_a x'_b K_ST + 2 x_a x_b K_SR + 2 x'_a x'_b K_TR + x'_a x_b K_RR
// (Kim and Yang, ICML 2024, define the kernels; the coordinates are ours.)
#pragma once

#include <armadillo>
#include <cstdint>

#include "limsym/base/monitor.hpp"
#include "limsym/kernel/jacobian_network.hpp"

namespace limsym::kernel {

/// A kernel and its partial derivatives by S, T, R.
template <typename Cell>
struct InnerProductJet {
    Cell value;
    Cell s;
    Cell t;
    Cell r;
    Cell st;
    Cell sr;
    Cell tr;
    Cell rr;
};
/// All pairs of two sets of inputs, n1 x n2 each.
using JetMatrix = InnerProductJet<arma::mat>;

struct JacobianKernels {
    JetMatrix nngp; ///< Sigma, of the joint Gaussian process of f and its Jacobian at the start
    JetMatrix ntk;  ///< Theta, the Jacobian NTK
};

struct JetOptions {
    bool nngp = true;
    bool ntk = true;
    bool values_only = false; ///< leave the derivatives empty: the plain kernels
};

/// K(X, X), or K(X, X2). @param x n x d @param x2 nullptr: X itself; the result is then symmetric to the last bit
/// @throws InputError when a variance leaves the range ("layer 5 overflows"); require_jacobian_ntk() is the caller's
[[nodiscard]] JacobianKernels jacobian_kernels(const JacobianNetwork& network, const arma::mat& x, const arma::mat* x2,
                                               const JetOptions& options, const base::Monitor& monitor = {});
/// K(x_i, x_i), n x 1 each.
[[nodiscard]] JacobianKernels jacobian_diagonal(const JacobianNetwork& network, const arma::mat& x,
                                                const JetOptions& options);

/// Order of rows and columns of dense matrices over z = (value, d/dx_1, ..., d/dx_d) of all points.
enum class JacobianLayout {
    point, ///< row i (d + 1) + a
    block, ///< row a n + i
};
/// The matrix n1 (d + 1) x n2 (d + 1). @param symmetric x2 is x: mirrors the lower triangle
[[nodiscard]] arma::mat expand(const JetMatrix& jets, const arma::mat& x, const arma::mat& x2, bool symmetric,
                               JacobianLayout layout = JacobianLayout::point);
/// The (d + 1) x (d + 1) block of the inputs x and x2, whose jets stand at (jet_i, jet_j).
void expand_block(const JetMatrix& jets, std::size_t jet_i, std::size_t jet_j, const arma::rowvec& x,
                  const arma::rowvec& x2, arma::mat& block);

/// Bytes a pair of inputs takes: its jet, its dense block.
[[nodiscard]] std::uint64_t jet_bytes(bool values_only);
[[nodiscard]] std::uint64_t dense_bytes(std::uint64_t features);
/// n1 n2 pairs of so many bytes, or the largest number when that does not fit.
[[nodiscard]] std::uint64_t matrix_bytes(std::uint64_t n1, std::uint64_t n2, std::uint64_t pair_bytes);

} // namespace limsym::kernel
