// The law that most subcommands speak of, and results that leave double.
#pragma once

#include <armadillo>
#include <nlohmann/json_fwd.hpp>

#include "common/command.hpp"
#include "limsym/stable/law.hpp"

namespace limsym::tools {

/// --alpha (required), --sigma, --loc.
void declare(cli::Command& command, stable::Law& law);

/// {"alpha","sigma","loc"} are fields of the results; "convention" says what they mean.
void append_law(data::Json& record, const stable::Law& law);

/// Replaces what left double by the largest number of its sign, with a warning that counts.
void keep_in_range(arma::vec& values, cli::Context& context);

} // namespace limsym::tools
