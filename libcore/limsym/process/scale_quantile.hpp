// Quantiles of laws given as weighted points.
#pragma once

#include <vector>

namespace limsym::process {

/// The smallest atom up to which the weights reach p (atoms in any order).
[[nodiscard]] double quantile_of_atoms(const std::vector<double>& s, const std::vector<double>& log_weights, double p);

/// Quantile of a smooth density sampled at points equally spaced in log s: the log density between the points is the
/// interpolation polynomial of degree 7 through the eight nearest.
[[nodiscard]] double quantile_of_nodes(const std::vector<double>& s, const std::vector<double>& log_weights, double p);

} // namespace limsym::process
