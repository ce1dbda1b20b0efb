// What simulate and converge share on the command line.
#pragma once

#include <armadillo>
#include <string>

#include "common/command.hpp"
#include "heavy_options.hpp"
#include "limsym/stable/simulation.hpp"

namespace limsym::tools {

struct SimulationChoices {
    std::string mode = "auto";
    std::string norming = "auto";
};
void declare(cli::Command& command, SimulationChoices& choices);
/// Mode, norming and seed.
[[nodiscard]] stable::SimulationOptions simulation_options(const SimulationChoices& choices,
                                                           const cli::Context& context);

/// What shapes simulated outputs, but for widths and counts.
[[nodiscard]] data::Json job_of(const HeavyOptions& heavy, const network::Network& description,
                                const SimulationChoices& choices, const arma::mat& x, const cli::Context& context);

} // namespace limsym::tools
