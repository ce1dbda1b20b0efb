// The subcommands of stable-limit, one file each.
#pragma once

#include "common/command.hpp"

namespace limsym::tools {

[[nodiscard]] cli::Command pdf_command();
[[nodiscard]] cli::Command logpdf_command();
[[nodiscard]] cli::Command cdf_command();
[[nodiscard]] cli::Command sf_command();
[[nodiscard]] cli::Command quantile_command();
[[nodiscard]] cli::Command cf_command();
[[nodiscard]] cli::Command moment_command();
[[nodiscard]] cli::Command constants_command();
[[nodiscard]] cli::Command sample_command();
[[nodiscard]] cli::Command fit_command();
[[nodiscard]] cli::Command test_command();
[[nodiscard]] cli::Command hill_command();
[[nodiscard]] cli::Command norming_command();
[[nodiscard]] cli::Command scale_command();
[[nodiscard]] cli::Command limit_command();
[[nodiscard]] cli::Command draw_command();
[[nodiscard]] cli::Command posterior_command();
[[nodiscard]] cli::Command simulate_command();
[[nodiscard]] cli::Command converge_command();
[[nodiscard]] cli::Command merge_command();

} // namespace limsym::tools
