// How good predictions are: errors, log densities, coverage, CRPS.
#pragma once

#include <armadillo>
#include <optional>
#include <string>
#include <vector>

#include "limsym/data/json.hpp"
#include "limsym/process/prediction.hpp"

namespace limsym::process {

/// Central intervals: share of y inside (ends count) and mean width.
struct IntervalScore {
    double level = 0.0; ///< 1 - 2p
    double coverage = 0.0;
    double width = 0.0;
};

struct Score {
    std::size_t n = 0;
    double rmse = 0.0;
    double mae = 0.0;
    std::optional<double> nll; ///< -mean logpdf; nothing when a density does not exist
    std::vector<IntervalScore> intervals;
    std::optional<double> crps; ///< of the Student t if there is one, else of the normal with the same moments
};

/// All outputs together. @throws InputError naming `place` when the true values are not known
[[nodiscard]] Score score(const Prediction& prediction, const std::string& place);

/// {n, rmse, mae, nll, coverage, interval_width, crps} appended to `record`.
void append_score(data::Json& record, const Score& score);

} // namespace limsym::process
