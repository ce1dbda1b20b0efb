// The picture of a sweep, from its document.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "common/command.hpp"

namespace limsym::tools {

/// Mean training loss of every setting of the summary, with its standard deviation; the document is no shard.
void write_sweep_plot(const data::Json& document, const std::string& file, cli::Context& context);

} // namespace limsym::tools
