// The subcommands of mogp-sample, one file each.
#pragma once

#include "common/command.hpp"

namespace limsym::tools {

[[nodiscard]] cli::Command describe_command();
[[nodiscard]] cli::Command levy_command();
[[nodiscard]] cli::Command inverse_tail_command();
[[nodiscard]] cli::Command psi_command();
[[nodiscard]] cli::Command cf_command();
[[nodiscard]] cli::Command finite_command();
[[nodiscard]] cli::Command moments_command();
[[nodiscard]] cli::Command prune_error_command();
[[nodiscard]] cli::Command variances_command();
[[nodiscard]] cli::Command points_command();
[[nodiscard]] cli::Command kernel_command();
[[nodiscard]] cli::Command kernel_step_command();
[[nodiscard]] cli::Command sample_command();
[[nodiscard]] cli::Command merge_command();
[[nodiscard]] cli::Command loss_command();
[[nodiscard]] cli::Command train_command();
[[nodiscard]] cli::Command prune_command();
[[nodiscard]] cli::Command features_command();

} // namespace limsym::tools
