// Choosing hyperparameters on a grid: one Gram matrix for every (sigma_w, sigma_b), one factorisation for every noise,
// scalar work for every scale prior.
#pragma once

#include <armadillo>
#include <functional>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/data/standardisation.hpp"
#include "limsym/network/network.hpp"
#include "limsym/process/grid.hpp"
#include "limsym/process/regression.hpp"
#include "limsym/process/trial.hpp"

namespace limsym::process {

/// evidence: log p(y); leave_one_out: mean of log p(y_i | y_-i); validation: mean log density of held-out data.
enum class Objective { evidence, leave_one_out, validation };

/// Held-out data.
struct Validation {
    arma::mat x; ///< working units
    arma::mat y; ///< original units
    data::Standardisation y_units;
};

/// How trials are judged, and which.
struct GridSearch {
    Objective objective = Objective::evidence;
    const Validation* validation = nullptr;     ///< of Objective::validation
    double min_sample_size = 0.0;               ///< with ScaleInference::importance a trial below it fails
    std::function<bool(std::size_t)> owns = {}; ///< trials to do, by index; empty: all
    std::size_t kernels_at_once = 1;            ///< Gram matrices held at a time; changes no result
};

/// The trials that `search` owns, in order. Evidence follows RegressionOptions::inference; leave-one-out and validation
/// densities are exact integrals over s always.
/// @param x, y in working units @param options noise (nothing: automatic), noise model, jitter, prior
[[nodiscard]] std::vector<Trial> evaluate_grid(const network::Network& network, const arma::mat& x, const arma::mat& y,
                                               const Grid& grid, const RegressionOptions& options,
                                               const GridSearch& search, const base::Monitor& monitor = {});
/// Bytes that a kernel of the grid holds at its peak.
[[nodiscard]] std::uint64_t grid_bytes(std::uint64_t rows, const Grid& grid, const RegressionOptions& options,
                                       const GridSearch& search);

} // namespace limsym::process
