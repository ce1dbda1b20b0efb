// Removing nodes from a trained network, least important first, and what every level of pruning costs: one pass over
// the nodes for all levels, 2 n m (d + K) operations.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "limsym/nodescaling/training_task.hpp"

namespace limsym::nodescaling {

/// What makes a node important.
enum class PruneOrder {
    scale,        ///< K lambda_j
    magnitude,    ///< lambda_j |w_j|^2
    contribution, ///< mean over rows of lambda_j phi(z_j)^2
    random,       ///< nothing: a random order
};

/// Nodes in the order in which they are removed; of equals the lower node goes first.
/// @param x rows for contribution, n x d in the network's units @param seed for random
[[nodiscard]] std::vector<std::size_t> removal_order(const ShallowNetwork& network, PruneOrder order,
                                                     const arma::mat& x, std::uint64_t seed);

/// A network with some nodes removed on some rows.
struct PruneLevel {
    double loss = 0.0;
    std::optional<double> accuracy = {};
};

/// The losses after removing the first pruned[i] nodes of `order`; no nodes at all means outputs of 0.
/// @param pruned numbers in 0 ... m
[[nodiscard]] std::vector<PruneLevel> prune_curve(const ShallowNetwork& network, const std::vector<std::size_t>& order,
                                                  const std::vector<std::size_t>& pruned, const LabelledRows& rows,
                                                  Loss loss);

/// The network without the first m - kept nodes of `order`, the others in their original order.
[[nodiscard]] ShallowNetwork pruned_network(const ShallowNetwork& network, const std::vector<std::size_t>& order,
                                            std::size_t kept);

} // namespace limsym::nodescaling
