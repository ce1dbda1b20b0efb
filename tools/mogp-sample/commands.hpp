// The subcommands of mogp-sample, one file each.
#pragma once

#include "common/command.hpp"

namespace limsym::tools {

[[nodiscard]] cli::Command describe_command();
[[nodiscard]] cli::Command levy_command();
[[nodiscard]] cli::Command inverse_tail_command();
[[nodiscard]] cli::Command psi_command();
[[nodiscard]] cli::Command cf_command();

} // namespace limsym::tools
