// Gradient of the log evidence by the logs of the hyperparameters.
#pragma once

#include <armadillo>
#include <optional>

#include "limsym/base/monitor.hpp"
#include "limsym/network/network.hpp"
#include "limsym/process/regression.hpp"

namespace limsym::process {

/// sigma_w and sigma_b move together in every affine layer but the readout; absent without a network. alpha and beta of
/// an inverse-gamma prior.
struct EvidenceGradient {
    std::optional<double> log_sigma_w;
    std::optional<double> log_sigma_b;
    double log_noise = 0.0;
    std::optional<double> log_alpha;
    std::optional<double> log_beta;
};

/// d log p = -(C/2) tr(A^-1 dA) + (kappa/2) sum over outputs w' dA w, w = A^-1 y, kappa = E[1/s | y].
/// NoiseModel::scaled only.
/// @param factor L of A (moved in: A^-1 and then the weights of the contraction overwrite it)
/// @param network nothing when the kernel was given as a matrix
[[nodiscard]] EvidenceGradient evidence_gradient(const RegressionFit& fit, arma::mat factor,
                                                 const network::Network* network, const arma::mat& x,
                                                 const base::Monitor& monitor = {});

} // namespace limsym::process
