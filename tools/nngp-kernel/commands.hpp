// The subcommands of nngp-kernel, one file each.
#pragma once

#include "common/command.hpp"

namespace limsym::tools {

[[nodiscard]] cli::Command kernel_command();
[[nodiscard]] cli::Command merge_command();
[[nodiscard]] cli::Command act_command();
[[nodiscard]] cli::Command fit_command();
[[nodiscard]] cli::Command predict_command();
[[nodiscard]] cli::Command score_command();
[[nodiscard]] cli::Command tune_command();
[[nodiscard]] cli::Command cv_command();
[[nodiscard]] cli::Command scale_command();
[[nodiscard]] cli::Command sample_command();
[[nodiscard]] cli::Command flow_command();
[[nodiscard]] cli::Command classify_fit_command();
[[nodiscard]] cli::Command classify_predict_command();
[[nodiscard]] cli::Command ood_command();
[[nodiscard]] cli::Command check_command();
[[nodiscard]] cli::Command compare_command();

} // namespace limsym::tools
