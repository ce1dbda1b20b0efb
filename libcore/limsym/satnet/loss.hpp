// Binary cross-entropy of a board's outputs, with slopes that keep their digits at saturation.
#pragma once

#include <cstddef>
#include <vector>

#include "limsym/satnet/board_solver.hpp"

namespace limsym::satnet {

/// Over which outputs the loss of a record is a mean: all n (known ones count 0), or the unknown, scored ones.
enum class LossMean { all, unknown };

struct BoardLoss {
    double sum = 0.0;           ///< of -log p over the unknown, scored variables
    double mean = 0.0;          ///< sum / divisor
    std::size_t scored = 0;     ///< unknown variables with an answer
    std::vector<double> slopes; ///< d mean / d z by position
};

/// @param y 0, 1 or NaN (not scored) by variable; auxiliary variables are never scored
/// Probabilities are clamped at 1e-7 (double) or 1e-4 (float), not their logarithms.
template <typename T>
[[nodiscard]] BoardLoss board_loss(const BoardSolver<T>& solver, const std::vector<double>& y, LossMean mean);

/// -log of a probability of at least 1e-7.
[[nodiscard]] double cross_entropy(double probability);

} // namespace limsym::satnet
