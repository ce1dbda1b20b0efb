// One choice of hyperparameters, and what it gives.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "limsym/data/json.hpp"
#include "limsym/network/network.hpp"
#include "limsym/process/regression.hpp"

namespace limsym::process {

struct Trial {
    std::size_t index = 0;
    std::optional<double> sigma_w; ///< nothing: the network's own
    std::optional<double> sigma_b;
    double noise = 0.0; ///< with automatic noise: the one found
    ScalePrior scale_prior;
    std::optional<double> log_evidence;
    std::optional<double> objective;
    std::string reason; ///< why there is no objective
};

/// The place of the largest objective, the first of equals; nothing when there is none.
[[nodiscard]] std::optional<std::size_t> best_of(const std::vector<std::optional<double>>& objectives);
/// @throws WorkError with the first reason when all failed
[[nodiscard]] const Trial& best_trial(const std::vector<Trial>& trials);
/// The network and the options of a trial.
[[nodiscard]] network::Network network_of(const network::Network& network, const Trial& trial);
[[nodiscard]] RegressionOptions options_of(const RegressionOptions& options, const Trial& trial);

/// {sigma_w, sigma_b, noise, scale_prior} as records hold them.
void append_choice(data::Json& record, const Trial& trial);
/// limsym/nngp-trial@1
[[nodiscard]] data::Json trial_record(const Trial& trial);
/// {by, trials, best, network} of a search from its trial records, appended to `record`.
/// @param network the one that was searched from @throws WorkError with the first reason when all failed
void append_best(data::Json& record, const std::string& by, const std::vector<data::Json>& trials,
                 const network::Network& network);

} // namespace limsym::process
