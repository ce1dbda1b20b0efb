// What cv prints last, whether its records come from a run, from shards, or from a file.
#pragma once

#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/data/json.hpp"

namespace limsym::tools {

/// limsym/cv@1: the head, the fields of `shaped` ("seed" if random, "options"), splits, mean and stderr.
[[nodiscard]] data::Json cv_summary(const data::Json& shaped, const std::vector<data::Json>& splits,
                                    const cli::Context& context);

} // namespace limsym::tools
