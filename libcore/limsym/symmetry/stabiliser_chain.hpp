// Stabiliser chains of permutation groups: exact orders from generators (Schreier, Sims).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "limsym/symmetry/permutation.hpp"

namespace limsym::symmetry {

/// Sizes of the basic orbits of the group: its order is their product. A group that holds the alternating group is
/// told by a cycle of prime length (Jordan) and gives n, n-1, ..., 3 and 2 or 1.
/// The chain is built from random elements of a fixed stream, and then proved by sifting every Schreier generator where
/// that takes less than about a second; beyond, it is incomplete with a chance of about 2^-64.
/// Nothing when the transversals would take more than 1 GiB.
/// @param degree at most 65536
[[nodiscard]] std::optional<std::vector<std::size_t>> basic_orbit_sizes(std::size_t degree,
                                                                        const std::vector<Permutation>& generators);

} // namespace limsym::symmetry
