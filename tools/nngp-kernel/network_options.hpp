// --net FILE, or the shorthand for plain networks; the same in every subcommand that takes a network.
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
    double sigma_w = 1.0;
    double sigma_b = 0.0;
    double readout_sigma_w = 1.0;
    double readout_sigma_b = 0.0;

    [[nodiscard]] bool given() const { return net || activation; }
};

void declare(cli::Command& command, NetworkOptions& options);
/// @throws InputError when there is neither a file nor a shorthand, or both
[[nodiscard]] network::Network read_network(const NetworkOptions& options, cli::Context& context);

} // namespace limsym::tools
