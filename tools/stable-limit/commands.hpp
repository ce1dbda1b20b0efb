// The subcommands of stable-limit, one file each.
#pragma once

#include "common/command.hpp"

namespace limsym::tools {

[[nodiscard]] cli::Command constants_command();
[[nodiscard]] cli::Command hill_command();

} // namespace limsym::tools
