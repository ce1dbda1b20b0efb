// The subcommands of symsat-learn, one file each.
#pragma once

#include "common/command.hpp"

namespace limsym::tools {

[[nodiscard]] cli::Command train_command();
[[nodiscard]] cli::Command complete_command();
[[nodiscard]] cli::Command eval_command();
[[nodiscard]] cli::Command forward_command();
[[nodiscard]] cli::Command check_grad_command();
[[nodiscard]] cli::Command group_command();
[[nodiscard]] cli::Command find_command();
[[nodiscard]] cli::Command gen_command();
[[nodiscard]] cli::Command corrupt_command();
[[nodiscard]] cli::Command plot_command();
[[nodiscard]] cli::Command export_command();
[[nodiscard]] cli::Command import_command();
[[nodiscard]] cli::Command merge_command();

} // namespace limsym::tools
