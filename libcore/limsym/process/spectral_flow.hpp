// Gradient flow of an ensemble of infinitely wide networks with given kernels, at any time from one eigendecomposition.
//
// Squared loss 1/(2N) sum (f - y)^2, N = (number of y); G the tangent kernel of the weights that are trained, K the
// covariance at the start (Lee et al., "Wide Neural Networks of Any Depth Evolve as Linear Models Under Gradient
// Descent", 2019). With Phi = G^-1 (I - exp(-tG/N)) and B = G(X*, X) Phi,
//   mean = B y,  covariance = K** + B K B' - B K(X, X*) - K(X*, X) B'.
#pragma once

#include <armadillo>

namespace limsym::process {

/// Mean and variance at every test point.
struct FlowMoments {
    arma::vec mean;
    arma::vec variance;
};

/// n training and m test points.
struct FlowBlocks {
    arma::mat covariance;      ///< K(X, X), n x n
    arma::mat tangent;         ///< G(X, X), n x n; empty: G = K, here and across
    arma::mat test_covariance; ///< K(X*, X), m x n
    arma::mat test_tangent;    ///< G(X*, X), m x n; empty with `tangent`
    arma::vec test_variance;   ///< K(x*, x*), m
};

class SpectralFlow {
public:
    /// @param regulariser added to the diagonal of G
    SpectralFlow(const FlowBlocks& blocks, const arma::vec& y, double regulariser);

    /// At time tau = t/N >= 0, which may be infinite. Directions that G does not see to rounding converge like those of
    /// eigenvalue epsilon times the largest.
    [[nodiscard]] FlowMoments at(double tau) const;
    /// Is G singular to rounding, so that the limit of infinite time does not exist?
    [[nodiscard]] bool singular() const { return singular_; }
    [[nodiscard]] double smallest_eigenvalue() const { return values_(0); }
    [[nodiscard]] double largest_eigenvalue() const { return values_(values_.n_elem - 1); }

private:
    bool singular_ = false;
    arma::vec values_;        // of G, ascending, kept above rounding
    arma::vec rotated_y_;     // Q' y
    arma::mat tangent_;       // G(X*, X) Q
    arma::mat covariance_;    // K(X*, X) Q; empty when G = K
    arma::mat core_;          // Q' K Q; empty when G = K
    arma::vec core_diagonal_; // of Q' K Q when G = K
    arma::vec prior_variance_;
};

} // namespace limsym::process
