// How much is lost when nodes of small variance are removed: f_eps drops the nodes with lambda <= eps, f_kappa the
// share kappa of the nodes with the smallest lambda in each hidden layer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/mixture/levy_measure.hpp"

namespace limsym::mixture {

/// Infinite width, no bias. Nothing where second moments do not exist (M1 infinite).
struct ThresholdError {
    double kept = 0.0;           ///< mean number of nodes above eps: rho(eps, inf); infinity
    std::optional<double> delta; ///< (a + M1(0, eps]) / (a + M1): E (f - f_eps)^2 / E f^2, one layer, any activation
    std::optional<double> bound; ///< 1 - (1 - delta)^layers: of that many ReLU layers, at most
};
/// @param eps >= 0 @param layers >= 1
[[nodiscard]] ThresholdError threshold_error(const LimitLaw& law, double eps, std::size_t layers);

/// The limit of the relative error of f_kappa in one layer: 0 without drift, else the drift's share of a + M1 times the
/// Lorenz curve of the drift's law at kappa. Nothing where M1 is infinite, or where several random drifts are added
/// (their Lorenz curve has no closed form). @param kappa in [0, 1)
[[nodiscard]] std::optional<double> lost_share(const Prior& prior, double kappa);

/// Relative errors of finite nets by Monte Carlo.
struct SimulatedError {
    double relative = 0.0;
    double standard_error = 0.0;
};
struct PruningPlan {
    std::vector<double> eps;
    std::size_t layers = 1;
    std::size_t width = 1;
    std::size_t count = 1; ///< nets
    std::uint64_t seed = 0;
};
/// Nets of ReLU layers of one input x = 1, without bias; both nets of a pair share all draws, E (f - f_eps)^2 is
/// integrated over the last weights. Divided by the limit's exact E f^2 when M1 is finite, else by the sample mean.
/// @returns one for each eps
[[nodiscard]] std::vector<SimulatedError> simulate_pruning(const Prior& prior, const PruningPlan& plan,
                                                           const base::Monitor& monitor);

} // namespace limsym::mixture
