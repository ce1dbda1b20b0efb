// [net] of every subcommand of jac-ntk: --net FILE or the shorthand, with the scale of the inputs and --critical.
#pragma once

#include <optional>
#include <string>

#include "common/network_options.hpp"

namespace limsym::tools {

struct JacobianNetworkOptions {
    NetworkOptions plain;
    std::string input_scale; ///< empty: not given
    bool critical = false;
};

void declare(cli::Command& command, JacobianNetworkOptions& options);
/// @param depth in place of --depth: networks of a sweep over depths
/// @throws InputError when there is neither a file nor a shorthand, or both
[[nodiscard]] network::Network read_network(const JacobianNetworkOptions& options, cli::Context& context,
                                            std::optional<std::size_t> depth = std::nullopt);
/// The resolved description without weights, for "options".
[[nodiscard]] data::Json network_document(network::Network network);

} // namespace limsym::tools
