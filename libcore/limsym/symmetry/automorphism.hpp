// Automorphism groups of coloured graphs (nauty; B. D. McKay, A. Piperno, Practical graph isomorphism II, 2014).
#pragma once

#include <string>
#include <vector>

#include "limsym/symmetry/partition.hpp"
#include "limsym/symmetry/permutation.hpp"

namespace limsym::symmetry {

struct AutomorphismGroup {
    std::vector<Permutation> generators;
    std::string order; ///< decimal digits, exact
};

/// The largest graph that is searched: points times the binary digits of a colour.
inline constexpr std::size_t most_automorphism_vertices = 20'000;
/// Vertices of the graph that stands for these colours: a layer of points for every binary digit of a colour.
[[nodiscard]] std::size_t automorphism_vertices(const PairPartition& colours);

/// Permutations g with colour(g(i), g(j)) = colour(i, j).
/// @param colours a symmetric partition: colour(i, j) = colour(j, i); at most most_automorphism_vertices vertices, else
///   WorkError
[[nodiscard]] AutomorphismGroup automorphisms(const PairPartition& colours);

} // namespace limsym::symmetry
