// Training of shallow networks: gradient descent, and the gradient flow by three integrators.
//
//     dL/dW = s (phi'(Z) o ((f - y) C'))' X / sqrt(d);   descent: W := W - rate dL/dW;   flow: dW/dt = -dL/dW
//
// The same bits for any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/nodescaling/training_task.hpp"

namespace limsym::nodescaling {

/// Full-batch steps of one rate.
struct GradientDescent {
    double rate = 1.0;
    std::uint64_t steps = 0;
    std::uint64_t every = 0; ///< measures at step 0, every so many steps, and the last; 0: only first and last
    bool single_precision = false;
};

/// Freezes the tangent features for a step and moves along them exactly: W+ = W - s h (phi'(Z) o (v c'))' X / sqrt(d),
/// v = Q phi1(h s D) Q' (f - y), Theta = Q D Q', phi1(x) = (1 - e^-x) / x. Exact where features do not move. Steps are
/// chosen so that residuals are foretold to `tolerance` (order 1), or that one step and two halves agree so far (order
/// 2: their extrapolation is taken).
struct ExponentialFlow {
    std::vector<double> times; ///< increasing, > 0
    double tolerance = 1e-3;
    int order = 1;
};
/// Residuals that the exponential integrator's kernel may have (n K).
inline constexpr std::size_t most_exponential_rows = 4000;

/// Dormand and Prince 5(4) with a proportional-integral control of the step; values in between by dense output.
struct RungeKuttaFlow {
    std::vector<double> times;
    double relative_tolerance = 1e-6;
    double absolute_tolerance = 1e-9;
};

/// Runge, Kutta and Chebyshev, second order (Sommeijer, Shampine, Verwer 1998): s stages reach 0.65 s^2 times as far as
/// Euler's method where the flow is stiff.
struct ChebyshevFlow {
    std::vector<double> times;
    double relative_tolerance = 1e-6;
    double absolute_tolerance = 1e-9;
};

/// How a run ends.
struct TrainedNetwork {
    arma::mat w; ///< d x m
    TrainingMeasures last;
    std::optional<double> smallest_mean_eigenvalue; ///< of the mean tangent Gram matrix at the rows that are followed
    double largest_rate = 0.0;                      ///< 2 / (s largest eigenvalue of the tangent kernel at the start)
    std::size_t top_node = 0;                       ///< that moved most at the end
    std::vector<double> top_motion;                 ///< of that node at every measure
};

/// Called with the measures at every time asked for. `state` gives the bytes from which gradient descent resumes.
using OnMeasure = std::function<void(const TrainingMeasures& measures, const std::function<std::string()>& state)>;

/// @param resume bytes of an earlier state of the same task and rate; empty: from the start. Measures are taken of the
/// steps after that one only.
/// @param interrupted is called with the state when a stop was asked for, before Interrupted is thrown
/// @throws WorkError "training diverged at step 12: ..." when the loss is not finite or above a million times the first
[[nodiscard]] TrainedNetwork train(const TrainingTask& task, const GradientDescent& method, std::string_view resume,
                                   const OnMeasure& on_measure, const std::function<void(std::string)>& interrupted,
                                   const base::Monitor& monitor);
[[nodiscard]] TrainedNetwork train(const TrainingTask& task, const ExponentialFlow& method, const OnMeasure& on_measure,
                                   const base::Monitor& monitor);
[[nodiscard]] TrainedNetwork train(const TrainingTask& task, const RungeKuttaFlow& method, const OnMeasure& on_measure,
                                   const base::Monitor& monitor);
[[nodiscard]] TrainedNetwork train(const TrainingTask& task, const ChebyshevFlow& method, const OnMeasure& on_measure,
                                   const base::Monitor& monitor);

/// 2 / (s largest eigenvalue of the n K x n K tangent kernel): rates above that are unstable.
[[nodiscard]] double largest_stable_rate(const TrainingTask& task);

} // namespace limsym::nodescaling
