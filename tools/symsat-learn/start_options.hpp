// --init and --order: where the layer starts.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/satnet/model.hpp"
#include "limsym/satnet/start.hpp"

namespace limsym::tools {

struct StartOptions {
    std::optional<std::string> init;
    std::optional<std::string> order;
};
void declare(cli::Command& command, StartOptions& options);

/// What the options fix, read once; the rest is drawn for every record.
struct StartSource {
    std::optional<arma::mat> init;
    std::optional<std::vector<std::uint32_t>> order;
    std::string init_name, order_name;
    std::uint64_t seed = 0;
};
[[nodiscard]] StartSource read_start(const StartOptions& options, const satnet::Model& model, cli::Context& context);
/// @throws InputError when the order misses an unknown variable or a row of --init is zero
[[nodiscard]] satnet::Start start_of(const StartSource& source, const satnet::Model& model,
                                     const std::vector<double>& x, std::uint64_t index);

} // namespace limsym::tools
