// What tune prints last, whether its trials come from a run or from shards.
#pragma once

#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/data/json.hpp"

namespace limsym::tools {

/// limsym/nngp-tune@1: the head, "seed" and "options" of `shaped`, by, trials, best and network.
/// @param shaped {"seed"?, "options", "by", "network"}, the network being the one that was searched from
/// @param place of `shaped` in messages @throws WorkError when all trials failed
[[nodiscard]] data::Json tune_summary(const data::Json& shaped, const std::vector<data::Json>& trials,
                                      const std::string& place, const cli::Context& context);

} // namespace limsym::tools
