// What describes a heavy-tailed network and its inputs on the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "common/input_rows.hpp"
#include "common/network_options.hpp"
#include "limsym/stable/heavy_network.hpp"

namespace limsym::tools {

struct HeavyOptions {
    NetworkOptions network;
    std::optional<double> alpha;
    std::string param = "cf";
};
void declare(cli::Command& command, HeavyOptions& options);
[[nodiscard]] stable::ScaleMeaning scale_meaning(const HeavyOptions& options);
[[nodiscard]] stable::HeavyNetwork read_heavy_network(const HeavyOptions& options, cli::Context& context);
/// The same from a description that was read already.
[[nodiscard]] stable::HeavyNetwork heavy_network(const HeavyOptions& options, const network::Network& description);
/// @param width_wins --width may stand beside --net
[[nodiscard]] network::Network read_description(const HeavyOptions& options, cli::Context& context,
                                                bool width_wins = false);

/// The operand X and --features. @param least 0 where X may be left out for good
void declare(cli::Command& command, InputRows& rows, std::size_t least = 1);
/// Whole numbers >= 1 of a list option. @throws InputError naming it
[[nodiscard]] std::vector<std::size_t> widths_of(const std::vector<double>& values, const std::string& option);

} // namespace limsym::tools
