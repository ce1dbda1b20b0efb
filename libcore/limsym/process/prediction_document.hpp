// Predictions as tables and documents (limsym/nngp-predictions@1).
#pragma once

#include <armadillo>
#include <string>
#include <vector>

#include "limsym/data/format.hpp"
#include "limsym/data/json.hpp"
#include "limsym/process/prediction.hpp"

namespace limsym::process {

/// "q05" for .05, "q975" for .975, "q50" for .5.
[[nodiscard]] std::string quantile_name(double p);

/// Column names and values (m x columns) of a prediction as CSV holds it.
struct PredictionTable {
    std::vector<std::string> names;
    arma::mat values;
};
[[nodiscard]] PredictionTable prediction_table(const Prediction& prediction, const std::vector<std::string>& targets);
/// limsym/nngp-predictions@1 fields from `rows` on, appended to `record`.
void append_prediction(data::Json& record, const Prediction& prediction, const std::vector<std::string>& targets);
/// Predictions as `predict` wrote them, CSV or JSON; only what a score needs.
[[nodiscard]] Prediction read_predictions(const data::Source& source);

} // namespace limsym::process
