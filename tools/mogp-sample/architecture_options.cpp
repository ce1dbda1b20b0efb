#include "architecture_options.hpp"

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/mixture/points.hpp"

namespace limsym::tools {

void declare(cli::Command& command, ArchitectureOptions& options) {
    NetworkOptions& network = options.network;
    command.group("Network");
    command.texts(options.priors, "--prior", "EXPR",
                  "law of the node variances: family[:key=value,...], terms joined by +; once, or once for each hidden "
                  "layer");
    command.input(network.net, "--net", "network description, limsym/network@1, in place of the options below");
    command.text(network.activation, "--activation", "A",
                 "activation of the hidden layers, one of " + base::join(mixture::supported_activations()) + " (relu)");
    command.integer(network.depth, "--depth", "L", 1, 100'000, "number of hidden layers (1)");
    command.number(network.sigma_w, "--sigma-w", "V", cli::Range::positive(), "weight scale of the hidden layers (1)");
    command.number(network.sigma_b, "--sigma-b", "V", cli::Range::not_negative(),
                   "bias scale of the hidden layers (0)");
    command.number(network.readout_sigma_w, "--readout-sigma-w", "V", cli::Range::positive(),
                   "weight scale of the readout (1)");
    command.number(network.readout_sigma_b, "--readout-sigma-b", "V", cli::Range::not_negative(),
                   "bias scale of the readout (0)");
}

network::Network read_network(const ArchitectureOptions& options, cli::Context& context) {
    NetworkOptions network = options.network;
    if (!network.net) {
        if (!network.activation) network.activation = "relu";
        if (!network.depth) network.depth = 1;
        mixture::require_supported_activation(*network.activation, "--activation");
    }
    return read_network(network, context);
}

mixture::Architecture make_architecture(const ArchitectureOptions& options, const network::Network& network) {
    if (!options.network.net && options.priors.empty())
        throw base::InputError("--prior", "missing; expected --prior EXPR");
    return mixture::make_architecture(network, options.priors);
}

data::Json to_json(const ArchitectureOptions& options, const network::Network& network) {
    data::Json result = data::Json::object();
    result["prior"] = options.priors;
    result["network"] = network::to_json(network);
    return result;
}

void declare(cli::Command& command, TruncationOptions& options) {
    command.number(options.tail, "--tail", "T", cli::Range::positive(),
                   "points kept: those of the first T expected arrivals of each term (200)");
    command.number(options.tolerance, "--tol", "E", cli::Range::positive(),
                   "in place of --tail: the smallest T that leaves a residual sd of at most E max(1, a + M1)");
}

double checked_tail(const TruncationOptions& options) {
    if (options.tail && options.tolerance)
        throw base::InputError("--tol", "--tail is given already; expected one of the two");
    const double tail = options.tail.value_or(200.0);
    if (tail > mixture::most_points)
        throw base::InputError("--tail", base::number_text(tail) +
                                             " is out of range; expected 0 < tail <= 1e7 (a draw would hold " +
                                             base::number_text(tail * sizeof(double)) + " bytes)");
    return tail;
}

} // namespace limsym::tools
