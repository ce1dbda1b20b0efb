// How far training has moved the nodes of a network, and what that changed.
#pragma once

#include <armadillo>
#include <array>
#include <cstddef>
#include <optional>

#include "limsym/nodescaling/shallow_network.hpp"

namespace limsym::nodescaling {

/// |w_j - w_0j| of every node.
[[nodiscard]] arma::vec node_motion(const arma::mat& after, const arma::mat& before);

/// Mean motion by tenths of the nodes, largest scales first (of equals the lower node first); nothing for a tenth
/// without nodes.
[[nodiscard]] std::array<std::optional<double>, 10> motion_by_decile(const arma::vec& motion, const arma::vec& lambda);

/// Share of the pairs (row, node) whose (z > 0) differs. @param after, before n x m pre-activations
[[nodiscard]] double share_of_flips(const arma::mat& after, const arma::mat& before);

} // namespace limsym::nodescaling
