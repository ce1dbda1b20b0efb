// The operand X and --features: inputs, one a row; the same in every subcommand that evaluates something at inputs.
#pragma once

#include <armadillo>
#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"

namespace limsym::tools {

struct InputRows {
    std::vector<std::string> files;
    std::optional<std::string> features;
};

/// Declares --features; the operand, whose help differs, is the subcommand's.
void declare_features(cli::Command& command, InputRows& rows);
/// The columns that --features names, all without it; standard input when there is no operand.
/// @throws InputError for an unknown column
[[nodiscard]] arma::mat read_inputs(const InputRows& rows, cli::Context& context);

} // namespace limsym::tools
