// [net] and --prior: networks whose hidden nodes have random variances.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/mixture/architecture.hpp"
#include "limsym/network/network.hpp"

namespace limsym::tools {

/// --net FILE or the shorthand, and the priors.
struct NetworkOptions {
    std::optional<std::string> net;
    std::optional<std::string> activation;
    std::optional<std::size_t> depth;
    std::optional<double> sigma_w;
    std::optional<double> sigma_b;
    std::optional<double> readout_sigma_w;
    std::optional<double> readout_sigma_b;
    std::vector<std::string> priors;
};

void declare(cli::Command& command, NetworkOptions& options);
/// The description: of the file, or of the shorthand with its defaults. @throws InputError when both are given
[[nodiscard]] network::Network read_network(const NetworkOptions& options, cli::Context& context);
[[nodiscard]] mixture::Architecture read_architecture(const NetworkOptions& options, cli::Context& context);
/// What shapes the result, for "options" and for the identity of a job.
[[nodiscard]] data::Json to_json(const NetworkOptions& options, cli::Context& context);

/// How draws of the limit are truncated.
struct TruncationOptions {
    std::optional<double> tail;
    std::optional<double> tolerance;
};
void declare(cli::Command& command, TruncationOptions& options);
/// The T of --tail (200 when neither option is given). @throws InputError when both are, or T > 1e7
[[nodiscard]] double checked_tail(const TruncationOptions& options);

/// Rows of inputs: --features or all columns.
struct InputOptions {
    std::string features;
    std::vector<std::string> files;
};
[[nodiscard]] arma::mat read_inputs(const InputOptions& options, cli::Context& context);

} // namespace limsym::tools
