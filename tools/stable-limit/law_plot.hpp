// The density of a law as a plot over its middle, since heavy tails would flatten any other.
#pragma once

#include <armadillo>

#include "limsym/data/plot.hpp"
#include "limsym/stable/law.hpp"

namespace limsym::tools {

/// The density over the middle 98 % of the law.
[[nodiscard]] data::Plot law_plot(const stable::Law& law);

/// The share of values in bins of the plotted range, as a density.
void add_histogram(data::Plot& plot, const arma::vec& values);

} // namespace limsym::tools
