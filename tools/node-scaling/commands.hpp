// The subcommands of node-scaling, one file each.
#pragma once

#include "common/command.hpp"

namespace limsym::tools {

[[nodiscard]] cli::Command scalings_command();
[[nodiscard]] cli::Command split_command();
[[nodiscard]] cli::Command simulate_command();
[[nodiscard]] cli::Command init_command();
[[nodiscard]] cli::Command predict_command();
[[nodiscard]] cli::Command ntg_command();
[[nodiscard]] cli::Command features_command();
[[nodiscard]] cli::Command theory_command();
[[nodiscard]] cli::Command train_command();
[[nodiscard]] cli::Command prune_command();
[[nodiscard]] cli::Command transfer_command();
[[nodiscard]] cli::Command sweep_command();
[[nodiscard]] cli::Command merge_command();

} // namespace limsym::tools
