// A network whose kernels are drawn at given inputs: what kernel and sample have in common.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "architecture_options.hpp"
#include "common/input_rows.hpp"
#include "limsym/mixture/random_kernel.hpp"

namespace limsym::tools {

struct RandomNetworkOptions {
    ArchitectureOptions architecture;
    std::optional<std::size_t> width;
    TruncationOptions truncation;
    std::optional<std::string> residual; ///< "mean" (default) or "drop"
    InputRows inputs;
};
/// Declares all but the operand.
void declare(cli::Command& command, RandomNetworkOptions& options);

struct RandomNetwork {
    mixture::RandomKernel kernel;
    arma::mat inputs;
    std::size_t rows = 0;
    double nodes = 0.0; ///< that a layer has, in the mean
    data::Json identity;
};
/// @throws WorkError when the draws under way at a time do not fit --max-memory
[[nodiscard]] RandomNetwork read_random_network(const RandomNetworkOptions& options, cli::Context& context);

} // namespace limsym::tools
