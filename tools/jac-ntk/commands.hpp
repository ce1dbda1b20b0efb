// The subcommands of jac-ntk, one file each.
#pragma once

#include "common/command.hpp"

namespace limsym::tools {

[[nodiscard]] cli::Command moments_command();
[[nodiscard]] cli::Command kernel_command();
[[nodiscard]] cli::Command sphere_command();
[[nodiscard]] cli::Command check_command();

} // namespace limsym::tools
