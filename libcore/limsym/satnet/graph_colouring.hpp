// Proper colourings of graphs.
#pragma once

#include <cstdint>
#include <vector>

#include "limsym/base/random.hpp"
#include "limsym/symmetry/graph_file.hpp"

namespace limsym::satnet {

/// Colours 0..colours-1 of the nodes, no edge between equals: backtracking over the node with the fewest colours left
/// (ties at random), colours in random order.
/// @throws WorkError when the graph has no such colouring, or none is found in 10^6 steps
[[nodiscard]] std::vector<std::uint8_t> random_colouring(const symmetry::Graph& graph, std::size_t colours,
                                                         base::RandomStream& stream);

} // namespace limsym::satnet
