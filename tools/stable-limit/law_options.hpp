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

/// Replaces what left double by the largest number of its sign. @return how many stand there
[[nodiscard]] std::size_t hold_in_range(arma::mat& values);
/// Says how many, unless none.
void warn_of_held(std::size_t held, cli::Context& context);

} // namespace limsym::tools
