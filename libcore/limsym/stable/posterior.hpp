// Regression with the limit of a heavy-tailed network as prior: y = f(x) + noise.
//
// S_alpha(1) = sqrt(2 A) G with G ~ N(0, 1) and A positive, E exp(-s A) = exp(-s^(alpha/2)). Given the A_m of all atoms
// v_m, f is Gaussian with covariance 2 sum_m A_m v_m v_m'. Draws of A from the prior are weighted by the likelihood of
// y (importance sampling), and every draw gives a Gaussian posterior: the result is their mixture. At alpha 2 A = 1.
#pragma once

#include <armadillo>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/stable/heavy_network.hpp"

namespace limsym::stable {

struct PosteriorOptions {
    double noise = 0.0; ///< standard deviation, > 0
    std::size_t count = 4000;
    std::size_t particles = 4096;
    std::vector<double> quantiles{0.05, 0.5, 0.95};
    std::uint64_t seed = 0;
};

struct Posterior {
    bool exact = false;        ///< a Gaussian process: last alpha 2 and one dense layer
    std::size_t count = 0;     ///< draws, 0 when exact
    std::optional<double> ess; ///< (sum w)^2 / sum w^2, nothing when exact
    double log_evidence = 0.0;
    std::vector<std::string> integrated; ///< "weights of the last layer", "hidden layers"
    arma::vec mean;                      ///< of the latent f at the test inputs
    arma::vec sd;
    arma::mat quantiles; ///< tests x quantiles
};

/// With two dense layers every draw has hidden particles of its own; deeper, the population is drawn once.
/// @throws WorkError when a layer is critical or super-linear, or no draw explains the data
[[nodiscard]] Posterior posterior(const HeavyNetwork& network, const arma::mat& x_train, const arma::vec& y,
                                  const arma::mat& x_test, const PosteriorOptions& options,
                                  const base::Monitor& monitor = {});

/// Bytes that posterior holds at its peak.
[[nodiscard]] std::uint64_t posterior_bytes(std::uint64_t train, std::uint64_t test, const PosteriorOptions& options);

} // namespace limsym::stable
