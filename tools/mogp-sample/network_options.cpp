#include "network_options.hpp"

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/table.hpp"
#include "limsym/mixture/points.hpp"

namespace limsym::tools {

void declare(cli::Command& command, NetworkOptions& options) {
    command.group("Network");
    command.texts(options.priors, "--prior", "EXPR",
                  "law of the node variances: family[:key=value,...], terms joined by +; once, or once for each hidden "
                  "layer");
    command.input(options.net, "--net", "network description, limsym/network@1, in place of the options below");
    command.text(options.activation, "--activation", "A",
                 "activation of the hidden layers, one of " + base::join(mixture::supported_activations()) + " (relu)");
    command.integer(options.depth, "--depth", "L", 1, 100'000, "number of hidden layers (1)");
    command.number(options.sigma_w, "--sigma-w", "V", cli::Range::positive(), "weight scale of the hidden layers (1)");
    command.number(options.sigma_b, "--sigma-b", "V", cli::Range::not_negative(),
                   "bias scale of the hidden layers (0)");
    command.number(options.readout_sigma_w, "--readout-sigma-w", "V", cli::Range::positive(),
                   "weight scale of the readout (1)");
    command.number(options.readout_sigma_b, "--readout-sigma-b", "V", cli::Range::not_negative(),
                   "bias scale of the readout (0)");
}

network::Network read_network(const NetworkOptions& options, cli::Context& context) {
    if (options.net) {
        const char* other = options.activation        ? "--activation"
                            : options.depth           ? "--depth"
                            : options.sigma_w         ? "--sigma-w"
                            : options.sigma_b         ? "--sigma-b"
                            : options.readout_sigma_w ? "--readout-sigma-w"
                            : options.readout_sigma_b ? "--readout-sigma-b"
                                                      : nullptr;
        if (other != nullptr)
            throw base::InputError(other, "the network is given by --net already; expected one of the two");
        return network::read_network_file(context.source(*options.net).file);
    }
    network::Shorthand shorthand;
    shorthand.activation = mixture::parse_supported_activation(options.activation.value_or("relu"), "--activation");
    shorthand.depth = options.depth.value_or(1);
    shorthand.sigma_w = options.sigma_w.value_or(1.0);
    shorthand.sigma_b = options.sigma_b.value_or(0.0);
    shorthand.readout_sigma_w = options.readout_sigma_w.value_or(1.0);
    shorthand.readout_sigma_b = options.readout_sigma_b.value_or(0.0);
    return network::make_network(shorthand);
}

mixture::Architecture read_architecture(const NetworkOptions& options, cli::Context& context) {
    if (!options.net && options.priors.empty()) throw base::InputError("--prior", "missing; expected --prior EXPR");
    return mixture::make_architecture(read_network(options, context), options.priors);
}

data::Json to_json(const NetworkOptions& options, cli::Context& context) {
    data::Json result = data::Json::object();
    result["prior"] = options.priors;
    result["network"] = network::to_json(read_network(options, context));
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

arma::mat read_inputs(const InputOptions& options, cli::Context& context) {
    const std::string file = options.files.empty() ? "-" : options.files.front();
    data::Table table = data::read_table(context.source(file));
    if (options.features.empty()) return table.values;
    const std::vector<std::size_t> columns = table.columns(options.features, "--features");
    return table.values.cols(arma::conv_to<arma::uvec>::from(columns));
}

} // namespace limsym::tools
