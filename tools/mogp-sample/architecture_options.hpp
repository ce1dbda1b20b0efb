// [net] and --prior: networks whose hidden nodes have random variances.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "common/network_options.hpp"
#include "limsym/mixture/architecture.hpp"
#include "limsym/network/network.hpp"

namespace limsym::tools {

/// --net FILE or the shorthand, and the priors.
struct ArchitectureOptions {
    NetworkOptions network;
    std::vector<std::string> priors;
};

void declare(cli::Command& command, ArchitectureOptions& options);
/// The description: of the file, or of the shorthand, relu and one hidden layer unless it says otherwise.
/// @throws InputError when both are given
[[nodiscard]] network::Network read_network(const ArchitectureOptions& options, cli::Context& context);
/// @param network that read_network gave
[[nodiscard]] mixture::Architecture make_architecture(const ArchitectureOptions& options,
                                                      const network::Network& network);
/// What shapes the result, for "options" and for the identity of a job.
[[nodiscard]] data::Json to_json(const ArchitectureOptions& options, const network::Network& network);

/// How draws of the limit are truncated.
struct TruncationOptions {
    std::optional<double> tail;
    std::optional<double> tolerance;
};
void declare(cli::Command& command, TruncationOptions& options);
/// The T of --tail (200 when neither option is given). @throws InputError when both are, or T > 1e7
[[nodiscard]] double checked_tail(const TruncationOptions& options);

} // namespace limsym::tools
