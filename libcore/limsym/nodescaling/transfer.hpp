// Heads on the features of a network's leading nodes: ridge regression in closed form, or a small perceptron.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "limsym/base/monitor.hpp"
#include "limsym/nodescaling/training_task.hpp"

namespace limsym::nodescaling {

/// Minimises sum |Phi b + b_0 - y|^2 + penalty |b|^2 with b_0 free, by singular values; penalty 0: least squares of
/// smallest norm.
struct RidgeHead {
    double penalty = 1e-6;
};
/// Two hidden ReLU layers trained by full-batch gradient descent on the mean loss, from torch's default weights:
/// 64 wide, rate 0.1, 5000 steps for regression; 128 wide, rate 1, 10000 steps for classes.
struct PerceptronHead {
    std::uint64_t seed = 0;
};
using TransferHead = std::variant<RidgeHead, PerceptronHead>;

struct TransferScore {
    double train_loss = 0.0; ///< means of squared errors, in the network's units
    double test_loss = 0.0;
    std::optional<double> train_accuracy = {};
    std::optional<double> test_accuracy = {};
};

/// Fits a head on sqrt(lambda_j) phi(z_j) of the k nodes with the largest scales (of equals the lower first).
/// @throws WorkError when the perceptron diverges
[[nodiscard]] TransferScore transfer(const ShallowNetwork& network, const LabelledRows& train, const LabelledRows& test,
                                     std::size_t k, const TransferHead& head, const base::Monitor& monitor);

} // namespace limsym::nodescaling
