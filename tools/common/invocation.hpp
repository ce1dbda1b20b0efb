// From the words of a command line and a config file to a subcommand whose variables are set.
#pragma once

#include <string>
#include <vector>

#include "common/common_options.hpp"

namespace limsym::cli {

/// Sets the options (config file first, then the words) and the operands.
/// @param words after the subcommand's name
/// @throws base::InputError
void set_options(const Tool& tool, Command& command, CommonOptions& common, const std::vector<std::string>& words);

} // namespace limsym::cli
