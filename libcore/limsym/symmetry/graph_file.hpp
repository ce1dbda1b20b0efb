// Graphs in the DIMACS colouring format.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "limsym/symmetry/partition.hpp"

namespace limsym::symmetry {

struct Graph {
    std::size_t nodes = 0;
    std::vector<std::vector<std::uint32_t>> neighbours; ///< of every node, ascending, without repetition
};

/// Reads `p edge N M` (or `p col`), `e I J` with nodes from 1, and comments `c`; M is not used, an edge may be
/// repeated.
/// @throws InputError "FILE:LINE: ..."
[[nodiscard]] Graph read_graph(const std::string& file);

/// Classes: points, edges, other pairs.
[[nodiscard]] PairPartition graph_colours(const Graph& graph);

} // namespace limsym::symmetry
