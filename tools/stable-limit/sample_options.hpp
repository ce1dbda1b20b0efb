// The sample that fit, test and hill examine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/data/column.hpp"

namespace limsym::tools {

struct SampleInput {
    std::vector<std::string> files;
    std::optional<std::string> column;
};

/// The operand FILE and --column.
void declare(cli::Command& command, SampleInput& input);

/// The column of numbers: the one named, else `value`, else the first whose name is no index.
[[nodiscard]] data::Column read_sample(const SampleInput& input, cli::Context& context);

} // namespace limsym::tools
