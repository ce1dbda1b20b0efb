#include "simulation_options.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "limsym/base/version.hpp"
#include "limsym/data/matrix.hpp"

namespace limsym::tools {

void declare(cli::Command& command, SimulationChoices& choices) {
    command.choice(choices.mode, "--mode", {"auto", "aggregate", "stream"}, "how networks are drawn");
    command.choice(choices.norming, "--norming", {"auto", "exact", "asymptotic", "naive"},
                   "what weighted sums are divided by: a_n by the rules of norming, or n^(1/alpha)");
}

stable::SimulationOptions simulation_options(const SimulationChoices& choices, const cli::Context& context) {
    stable::SimulationOptions options;
    options.mode = choices.mode == "aggregate" ? stable::SimulationMode::aggregate
                   : choices.mode == "stream"  ? stable::SimulationMode::stream
                                               : stable::SimulationMode::automatic;
    options.norming = choices.norming == "exact"        ? stable::SumNorming::exact
                      : choices.norming == "asymptotic" ? stable::SumNorming::asymptotic
                      : choices.norming == "naive"      ? stable::SumNorming::naive
                                                        : stable::SumNorming::automatic;
    options.seed = context.seed();
    return options;
}

data::Json job_of(const HeavyOptions& heavy, const network::Network& description, const SimulationChoices& choices,
                  const arma::mat& x, const cli::Context& context) {
    data::Json job;
    job["version"] = std::string(base::version());
    job["seed"] = context.seed();
    job["network"] = network::network_sha256(description);
    job["alpha"] = heavy.alpha ? data::Json(*heavy.alpha) : data::Json();
    job["param"] = heavy.param;
    job["mode"] = choices.mode;
    job["norming"] = choices.norming;
    job["x"] = data::matrix_sha256(x);
    return job;
}

} // namespace limsym::tools
