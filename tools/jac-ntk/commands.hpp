// The subcommands of jac-ntk, one file each.
#pragma once

#include "common/command.hpp"

namespace limsym::tools {

[[nodiscard]] cli::Command moments_command();
[[nodiscard]] cli::Command kernel_command();
[[nodiscard]] cli::Command eig_command();
[[nodiscard]] cli::Command regress_command();
[[nodiscard]] cli::Command features_command();
[[nodiscard]] cli::Command attack_command();
[[nodiscard]] cli::Command sample_command();
[[nodiscard]] cli::Command sphere_command();
[[nodiscard]] cli::Command check_command();
[[nodiscard]] cli::Command empirical_command();
[[nodiscard]] cli::Command train_command();
[[nodiscard]] cli::Command merge_command();

} // namespace limsym::tools
