// The subcommands of orbit-symm, one file each.
#pragma once

#include "common/command.hpp"

namespace limsym::tools {

[[nodiscard]] cli::Command groups_command();
[[nodiscard]] cli::Command basis_command();
[[nodiscard]] cli::Command project_command();
[[nodiscard]] cli::Command sample_command();
[[nodiscard]] cli::Command act_command();
[[nodiscard]] cli::Command orbit_distance_command();
[[nodiscard]] cli::Command error_command();
[[nodiscard]] cli::Command symmetrise_command();
[[nodiscard]] cli::Command data_command();
[[nodiscard]] cli::Command discover_command();
[[nodiscard]] cli::Command table_command();
[[nodiscard]] cli::Command merge_command();

} // namespace limsym::tools
