// Choosing hyperparameters by the exact gradient of the log evidence.
#pragma once

#include <armadillo>
#include <cstdint>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/network/network.hpp"
#include "limsym/process/regression.hpp"
#include "limsym/process/search_space.hpp"
#include "limsym/process/trial.hpp"

namespace limsym::process {

/// L-BFGS over the logs of sigma_w and sigma_b (each one value for every hidden affine layer), noise, and alpha and
/// beta of an inverse-gamma prior. A sigma_b or noise of 0 stays 0.
struct EvidenceAscent {
    const network::Network& network;
    const arma::mat& x; ///< working units
    const arma::mat& y;
    RegressionOptions options; ///< noise model scaled, quadrature; noise nothing: starts at the best one
    SearchSpace space;         ///< ranges given here bound the search as well as the starts
    std::uint64_t seed = 0;
};

/// @throws InputError at `option` for a range of a parameter that is not there
void check_space(const EvidenceAscent& work, const std::string& option = "--space");

/// Do hidden layers differ in sigma_w or sigma_b? The first start then has their geometric mean.
[[nodiscard]] bool hidden_layers_differ(const network::Network& network);

/// Where a search of the evidence ended.
struct Ascent {
    Trial trial;
    std::size_t iterations = 0;
    bool out_of_iterations = false;
};
/// Start 0 has the values of the network and the options, moved into the space where they lie outside; start k > 0 is
/// drawn log-uniformly from the space by a random stream of (seed, k).
[[nodiscard]] Ascent ascend_evidence(const EvidenceAscent& work, std::size_t start, const base::Monitor& monitor = {});

/// Bytes that one ascent holds at its peak.
[[nodiscard]] std::uint64_t ascent_bytes(const EvidenceAscent& work);

} // namespace limsym::process
