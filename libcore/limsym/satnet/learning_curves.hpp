// Curves of a training log.
#pragma once

#include <string>

#include "limsym/data/plot.hpp"

namespace limsym::satnet {

/// Accuracy of boards or cells, or the loss, by epoch: a curve each for train, valid and test where the
/// limsym/progress@1 lines of the log have it. Other lines are passed over.
/// @param file NDJSON ("-": standard input) @param metric "board", "cell" or "loss"
/// @throws InputError when no line has the metric
[[nodiscard]] data::Plot learning_curves(const std::string& file, const std::string& metric);

} // namespace limsym::satnet
