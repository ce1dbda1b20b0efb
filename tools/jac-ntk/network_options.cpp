#include "network_options.hpp"

#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "limsym/base/error.hpp"
#include "limsym/kernel/jacobian_network.hpp"

namespace limsym::tools {

namespace {

void refuse_beside_critical(const NetworkOptions& options) {
    const auto refuse = [](bool given, const char* name) {
        if (given) throw base::InputError(name, "--critical chooses all scales; expected one of the two");
    };
    refuse(options.net.has_value(), "--net");
    refuse(options.sigma_w.has_value(), "--sigma-w");
    refuse(options.sigma_b.has_value(), "--sigma-b");
    refuse(options.readout_sigma_w.has_value(), "--readout-sigma-w");
    refuse(options.readout_sigma_b.has_value(), "--readout-sigma-b");
}

void make_critical(network::Network& network, const NetworkOptions& options) {
    const network::Activation activation = network::parse_activation(*options.activation, "--activation");
    const double sigma_w = kernel::critical_sigma_w(activation, "--activation");
    for (std::size_t l = 1; l < network.layers.size(); ++l)
        if (auto* dense = std::get_if<network::Dense>(&network.layers[l].value)) dense->sigma_w = sigma_w;
}

} // namespace

void declare(cli::Command& command, JacobianNetworkOptions& options) {
    declare(command, options.plain, std::nullopt);
    command
        .choice(options.input_scale, "--input-scale", {"fan_in", "unit"},
                "scale of the first layer's weights, with --activation: sigma_w/sqrt(d), or sigma_w for inputs of "
                "length about 1")
        .default_text = "fan_in";
    command.flag(options.critical, "--critical",
                 "with --activation: sigma_w = 1 in the first layer and (E phi(z)^2)^(-1/2) in the others, no biases");
}

network::Network read_network(const JacobianNetworkOptions& options, cli::Context& context,
                              std::optional<std::size_t> depth) {
    if (options.critical) refuse_beside_critical(options.plain);
    if (!options.input_scale.empty() && options.plain.net)
        throw base::InputError("--input-scale", "describes a network by --activation, but --net is given; expected one "
                                                "of the two");
    NetworkOptions plain = options.plain;
    if (depth) plain.depth = depth;
    network::Network network = read_network(plain, context);
    if (!plain.net) network.unit_input = options.input_scale == "unit";
    if (options.critical) make_critical(network, plain);
    return network;
}

data::Json network_document(network::Network network) {
    for (network::Layer& layer : network.layers) {
        if (auto* dense = std::get_if<network::Dense>(&layer.value)) {
            dense->weight.reset();
            dense->bias.reset();
        }
    }
    return network::to_json(network);
}

} // namespace limsym::tools
