#include "common/network_options.hpp"

#include "limsym/base/error.hpp"
#include "limsym/network/activation.hpp"

namespace limsym::tools {

void declare(cli::Command& command, NetworkOptions& options, std::optional<std::size_t> most_width) {
    command.group("Network");
    command.input(options.net, "--net", "network description, limsym/network@1");
    command.text(options.activation, "--activation", "A",
                 "activation of every hidden layer, in place of --net: a name, or JSON such as "
                 "{\"leaky_relu\":{\"alpha\":0.1}}");
    command.integer(options.depth, "--depth", "L", 1, 100'000, "number of hidden layers, with --activation");
    if (most_width)
        command.integer(options.width, "--width", "W", 1, *most_width, "width of the hidden layers, with --activation");
    command
        .number(options.sigma_w, "--sigma-w", "V", cli::Range::positive(),
                "weight scale of the hidden layers, with --activation")
        .default_text = "1";
    command
        .number(options.sigma_b, "--sigma-b", "V", cli::Range::not_negative(),
                "bias scale of the hidden layers, with --activation; 0: no bias")
        .default_text = "0";
    command
        .number(options.readout_sigma_w, "--readout-sigma-w", "V", cli::Range::positive(),
                "weight scale of the readout, with --activation")
        .default_text = "1";
    command
        .number(options.readout_sigma_b, "--readout-sigma-b", "V", cli::Range::not_negative(),
                "bias scale of the readout, with --activation; 0: no bias")
        .default_text = "0";
}

void refuse_shorthand(const NetworkOptions& options, const std::string& source) {
    const auto refuse = [&](bool given, const char* name) {
        if (given)
            throw base::InputError(name, "describes a network by --activation, but " + source +
                                             " is given; expected one of the two");
    };
    refuse(options.activation.has_value(), "--activation");
    refuse(options.depth.has_value(), "--depth");
    refuse(options.width.has_value(), "--width");
    refuse(options.sigma_w.has_value(), "--sigma-w");
    refuse(options.sigma_b.has_value(), "--sigma-b");
    refuse(options.readout_sigma_w.has_value(), "--readout-sigma-w");
    refuse(options.readout_sigma_b.has_value(), "--readout-sigma-b");
}

network::Network read_network(const NetworkOptions& options, cli::Context& context, network::DenseKeys keys) {
    if (options.net) {
        refuse_shorthand(options, "--net");
        const std::string file = context.source(*options.net).file;
        return network::read_network_file(file, keys);
    }
    if (!options.activation)
        throw base::InputError("--net", "is missing; expected --net FILE, or --activation and --depth");
    if (!options.depth) throw base::InputError("--depth", "is missing; expected the number of hidden layers");
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation(*options.activation, "--activation");
    shorthand.depth = *options.depth;
    shorthand.width = options.width;
    shorthand.sigma_w = options.sigma_w.value_or(1.0);
    shorthand.sigma_b = options.sigma_b.value_or(0.0);
    shorthand.readout_sigma_w = options.readout_sigma_w.value_or(1.0);
    shorthand.readout_sigma_b = options.readout_sigma_b.value_or(0.0);
    return network::make_network(shorthand);
}

} // namespace limsym::tools
