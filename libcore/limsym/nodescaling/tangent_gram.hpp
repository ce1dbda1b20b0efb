// The neural tangent Gram matrix of a shallow network in its weights w, its mean over initialisations, and its
// spectrum.
//
//     Theta_ii' = (x_i . x_i' / d) sum_j lambda_j phi'(z_j(x_i)) phi'(z_j(x_i'))
//
// is the same for every output, because signs square to 1.
#pragma once

#include <armadillo>
#include <cstdint>

#include "limsym/base/monitor.hpp"
#include "limsym/nodescaling/shallow_network.hpp"

namespace limsym::nodescaling {

/// Theta at the rows of x (n x d, in the network's units): n x n, symmetric to the last bit.
[[nodiscard]] arma::mat tangent_gram(const ShallowNetwork& network, const arma::mat& x);
/// X X' / d, n x n, symmetric to the last bit.
[[nodiscard]] arma::mat input_gram(const arma::mat& x);

/// factors: n x q; result_ii' = inputs_ii' sum_q factors_iq factors_i'q, symmetric to the last bit.
void weighted_gram(const arma::mat& factors, const arma::mat& inputs, arma::mat& result);

/// Mean of Theta over initialisations N(0, sigma_w^2), for any scales with sum 1: (x.x'/d) E phi'(u) phi'(v).
[[nodiscard]] arma::mat mean_tangent_gram(const NodeActivation& activation, double sigma_w, const arma::mat& x,
                                          const base::Monitor& monitor = {});
/// Entrywise variance of Theta over initialisations, for relu: (x.x'/d)^2 p (1-p) sum lambda^2, p = (pi - angle)/(2
/// pi).
[[nodiscard]] arma::mat relu_tangent_variance(const arma::vec& lambda, const arma::mat& x);

/// Bytes for Theta at n rows with `nodes` nodes, its spectrum included.
[[nodiscard]] std::uint64_t tangent_gram_bytes(std::size_t n, std::size_t nodes);

struct Spectrum {
    arma::vec eigenvalues; ///< ascending
    /// n 2^-52 times the largest eigenvalue: eigenvalues are not told apart below that
    double error_bound = 0.0;
    [[nodiscard]] double smallest() const { return eigenvalues.front(); }
    [[nodiscard]] double largest() const { return eigenvalues.back(); }
    /// The smallest eigenvalue is above the rounding error.
    [[nodiscard]] bool resolved() const { return smallest() > error_bound; }
};
[[nodiscard]] Spectrum spectrum(const arma::mat& gram);

/// Largest |eigenvalue| of a symmetric matrix.
[[nodiscard]] double spectral_norm(const arma::mat& symmetric);

} // namespace limsym::nodescaling
