// Eigenfeatures of robust regression: the predictor as a sum over eigenvectors of S, and what each is worth.
#pragma once

#include <armadillo>
#include <vector>

#include "limsym/process/robust_regression.hpp"

namespace limsym::process {

/// Norm of the balls in which inputs are moved; gradients are measured in the dual one.
enum class BallNorm { l2, linf };
/// |gradient|_2 for l2, |gradient|_1 for linf.
[[nodiscard]] double dual_norm(const arma::rowvec& gradient, BallNorm norm);

/// f(x) = sum_i f_i(x), f_i(x) = kappa^2 Theta_0.(x, X) Lam^{1/2} q_i phi_t(D_i) (q_i' Lam^{1/2} ybar).
struct EigenFeature {
    double eigenvalue;
    double weight;     ///< w_i^2 / |w|^2, w = Q' Lam^{1/2} ybar: the feature's share of the target
    double usefulness; ///< mean of y f_i
    double robustness; ///< mean of y f_i - radius |grad f_i|_dual
};

/// Labelled points at which features are measured, in the coordinates of the network.
struct FeatureProbe {
    const arma::mat& x;
    const arma::vec& y;
    double radius;
    BallNorm norm;
};

/// All features, eigenvalues descending, at the first time of the options; z_0 = 0.
/// @param fit a dense one
[[nodiscard]] std::vector<EigenFeature> eigen_features(const kernel::JacobianNetwork& network, const RobustData& data,
                                                       const RobustOptions& options, const RobustFit& fit,
                                                       const FeatureProbe& probe, const base::Monitor& monitor = {});

} // namespace limsym::process
