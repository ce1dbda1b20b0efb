// Draws from scale mixtures: one s a draw, shared by all points and outputs. Draw i depends on (seed, i) alone.
#pragma once

#include <armadillo>
#include <cstdint>

#include "limsym/base/monitor.hpp"
#include "limsym/process/model.hpp"
#include "limsym/process/prediction.hpp"

namespace limsym::process {

struct SampleOptions {
    std::size_t count = 1000;
    std::size_t outputs = 1; ///< of prior draws; a model has its own
    std::uint64_t seed = 0;
};

/// Draws as rows: values (output-major: all points of output 1, then of 2, ...) and the s of each.
struct Sample {
    arma::vec scale;
    arma::mat values; ///< count x (m outputs)
};

/// f | s ~ N(0, s K) for every output. @param k K(X, X), m x m, may be singular (equal inputs)
/// @throws InputError for ml2, which is no prior
[[nodiscard]] Sample sample_prior(arma::mat k, const ScalePrior& prior, const SampleOptions& options,
                                  const base::Monitor& monitor = {});

/// Outputs at x of finite networks with hidden layers of `width` units, readout scaled by sqrt(s).
[[nodiscard]] Sample sample_finite(const network::Network& network, const arma::mat& x, std::size_t width,
                                   const ScalePrior& prior, const SampleOptions& options,
                                   const base::Monitor& monitor = {});

/// Joint draws from the posterior of a model with a network at test (m x d, original units), in original units.
[[nodiscard]] Sample sample_posterior(const Model& model, const arma::mat& test, PredictionKind kind,
                                      const SampleOptions& options, const base::Monitor& monitor = {});

} // namespace limsym::process
