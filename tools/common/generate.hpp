// Texts made of the declarations: help, man page, completions. One file each.
#pragma once

#include <string>
#include <vector>

#include "common/parts.hpp"

namespace limsym::cli {

/// The options of a subcommand in the order of help: its own, then the common ones.
[[nodiscard]] std::vector<OptionSpec> all_options(const Command& command);
/// Only the common ones.
[[nodiscard]] std::vector<OptionSpec> shared_options(const Command& command);

/// "required; default 0.01; > 0", or "".
[[nodiscard]] std::string attributes(const OptionSpec& spec);

// Help.
/// "nngp-kernel kernel [options] X [X2]"
[[nodiscard]] std::string synopsis(const Tool& tool, const Command& command);
/// @param family "" or the first word of subcommands of two words, which alone are listed
[[nodiscard]] std::string tool_help(const Tool& tool, const std::string& family);
[[nodiscard]] std::string command_help(const Tool& tool, const Command& command);

/// The man page in mdoc; a line `.\" prose` stands where hand-written sections go.
[[nodiscard]] std::string man_page(const Tool& tool);

[[nodiscard]] std::string bash_completion(const Tool& tool);
[[nodiscard]] std::string zsh_completion(const Tool& tool);
[[nodiscard]] std::string fish_completion(const Tool& tool);

/// "SUBCOMMAND --option" lines, sorted.
[[nodiscard]] std::string option_table(const Tool& tool);

} // namespace limsym::cli
