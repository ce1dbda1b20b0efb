// limsym/jac-widths@1: distances of finite Jacobian NTKs to their limit, by width.
//
// {head, "seed","options":{"width":[...],"repeats",...}(,"shard"),"n","d",
//  "rows":[{"width","repeat","max_abs","rel_max","rel_fro"}],
//  "summary":[{"width","repeats","rel_max_mean","rel_max_lo","rel_max_hi"}]}; a shard has no summary.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "limsym/data/json.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/network/width_sweep.hpp"

namespace limsym::network {

constexpr const char* width_schema = "limsym/jac-widths@1";

[[nodiscard]] data::Json rows_json(const std::vector<WidthRow>& rows);
[[nodiscard]] data::Json summary_json(const std::vector<WidthSummary>& summaries);

/// The summary of the rows that a document of merged shards holds.
/// @param file in which it is, for messages @throws InputError when its rows are not those that its options ask for
[[nodiscard]] std::vector<WidthSummary> summarise_document(const data::Json& document, const std::string& file);

/// Mean relative distance against width, both logarithmic, with its interval and a line of slope -1/2.
[[nodiscard]] data::Plot width_plot(const std::vector<WidthSummary>& summaries);

} // namespace limsym::network
