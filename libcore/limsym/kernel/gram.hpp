// Gram matrices of infinitely wide networks: NNGP K and NTK Theta, computed in tiles.
//
// Recursion: nngp-kernel page 2.3. Everything of a tile (one GEMM, then all layers in place) happens in cache; no n x n
// temporary exists besides the result. Variances propagate by diagonal formulas of their own.
#pragma once

#include <armadillo>
#include <cstdint>
#include <string_view>

#include "limsym/base/memory.hpp"
#include "limsym/base/monitor.hpp"
#include "limsym/network/network.hpp"

namespace limsym::kernel {

struct GramOptions {
    bool nngp = true;
    bool ntk = false;
    std::size_t tile = 512;          ///< edge of a tile; results do not depend on it beyond rounding of BLAS
    double series_tolerance = 1e-12; ///< of Hermite-series activations
};

/// Results of element type T = double or float; a matrix that was not asked for is empty.
template <typename T>
struct Gram {
    arma::Mat<T> nngp;   ///< n x m
    arma::Mat<T> ntk;    ///< n x m
    long log2_scale = 0; ///< true value = value * 2^log2_scale; 0 unless values leave the range of T
};

/// K(X, X): both triangles filled, symmetric to the last bit; the diagonal from diagonal formulas.
/// @param x n x d, one input a row; d must equal the product of the network's input_shape, if it has one
/// @throws InputError (shape), WorkError when a layer overflows ("layer 5 overflows (log2 variance 1100)") or the
/// kernel of inputs that are not 0 dies away below the range of T ("layer 1 underflows ..."); rows of inputs whose
/// squares do are taken as 0, with a warning
template <typename T>
[[nodiscard]] Gram<T> gram(const network::Network& network, const arma::mat& x, const GramOptions& options,
                           const base::Monitor& monitor = {});

/// K(X, X2), n x m. Entries of equal rows are those of two inputs that happen to be equal: dropout's diagonal does not
/// apply.
template <typename T>
[[nodiscard]] Gram<T> gram(const network::Network& network, const arma::mat& x, const arma::mat& x2,
                           const GramOptions& options, const base::Monitor& monitor = {});

/// Only the lower triangle of K(X, X) (NNGP, double) into `out` (n x n, strict upper triangle untouched): what a
/// Cholesky factorisation needs.
void gram_lower(const network::Network& network, const arma::mat& x, arma::mat& out, const GramOptions& options,
                const base::Monitor& monitor = {});

/// The diagonals K(x_i, x_i) and Theta(x_i, x_i), as n x 1 matrices.
[[nodiscard]] Gram<double> gram_diagonal(const network::Network& network, const arma::mat& x,
                                         const GramOptions& options, const base::Monitor& monitor = {});

/// Which entries of a Gram matrix are kept.
enum class GramLayout {
    full,
    lower,    ///< on and below the diagonal
    diagonal, ///< one number a row
    tiles,    ///< whole tiles on and below the diagonal (of X2: all tiles), on disk
};

/// Bytes, flops and strategy of a Gram matrix before it is computed.
struct GramPlan {
    std::uint64_t rows = 0;
    std::uint64_t cols = 0;
    std::uint64_t bytes = 0;      ///< of the result
    std::uint64_t bytes_peak = 0; ///< in memory: result (not of a tile store), inputs, variances, tile workspaces
    double flops = 0.0;
    std::string_view strategy; ///< "tiles", "diagonal", "tile-store"; of images "positions" or "displacements"
};
struct GramShape {
    std::uint64_t rows = 0;
    std::uint64_t cols = 0;
    std::uint64_t features = 0;
    bool symmetric = true; ///< K(X, X)
};
[[nodiscard]] GramPlan plan_gram(const network::Network& network, const GramShape& shape, const GramOptions& options,
                                 bool single_precision, GramLayout layout);

/// Derivatives of sum_ij W_ij K_ij by the logs of sigma_w and of sigma_b, each moved together in every affine layer but
/// the readout, by forward mode through the recursion, contracted tile by tile.
struct ScaleDerivatives {
    double log_sigma_w = 0.0;
    double log_sigma_b = 0.0;
};
/// @param weights n x n symmetric, lower triangle read
[[nodiscard]] ScaleDerivatives contract_scale_derivatives(const network::Network& network, const arma::mat& x,
                                                          const arma::mat& weights, const GramOptions& options,
                                                          const base::Monitor& monitor = {});

} // namespace limsym::kernel
