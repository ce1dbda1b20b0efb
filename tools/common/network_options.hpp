// --net FILE, or the shorthand for plain networks; the same in every tool and subcommand that takes a network.
#pragma once

#include <optional>
#include <string>

#include "common/command.hpp"
#include "limsym/network/network.hpp"

namespace limsym::tools {

struct NetworkOptions {
    std::optional<std::string> net;
    std::optional<std::string> activation;
    std::optional<std::size_t> depth;
    std::optional<std::size_t> width;
    std::optional<double> sigma_w;
    std::optional<double> sigma_b;
    std::optional<double> readout_sigma_w;
    std::optional<double> readout_sigma_b;

    [[nodiscard]] bool given() const { return net || activation; }
};

/// @param most_width nothing: the subcommand has no --width of this sense
void declare(cli::Command& command, NetworkOptions& options, std::optional<std::size_t> most_width = 1'000'000);
/// Refuses the options that describe a network by --activation where there is another source of the kernel.
/// @param source "--net", "--kernel", "--model": what was given in place of --activation
void refuse_shorthand(const NetworkOptions& options, const std::string& source);
/// @throws InputError when there is neither a file nor a shorthand, or both
[[nodiscard]] network::Network read_network(const NetworkOptions& options, cli::Context& context,
                                            network::DenseKeys keys = {});

} // namespace limsym::tools
