// The permutations of variables that leave a matrix nearly unchanged.
#pragma once

#include <armadillo>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/symmetry/group.hpp"
#include "limsym/symmetry/partition.hpp"

namespace limsym::satnet {

enum class DiscoveryMethod {
    automatic,   ///< the best of the following
    grammar,     ///< group expressions (grammar_search.hpp)
    refinement,  ///< stable colourings of quantised entries; a partition, no group
    automorphism ///< automorphisms of quantised entries
};

struct DiscoveryOptions {
    DiscoveryMethod method = DiscoveryMethod::automatic;
    double rtol = 0.05;              ///< of the grammar
    double max_err = 0.4;            ///< largest residual of what is accepted
    std::optional<double> tolerance; ///< entries closer than this are one value; else gaps are scanned
};

/// One thing that was tried.
struct DiscoveryCandidate {
    std::string method;               ///< "grammar", "wl", "aut"
    std::optional<std::string> group; ///< expression
    std::optional<std::size_t> orbitals;
    std::optional<double> residual;
    bool accepted = false;
    std::string reason; ///< why not; "" when accepted
};

struct DiscoveredSymmetry {
    std::string method;                   ///< that won
    std::optional<symmetry::Group> group; ///< on the variables
    std::string expression;               ///< of a group that the grammar found, on its points
    symmetry::Permutation point_of;       ///< variable -> point of the expression; empty without one
    std::string order;                    ///< decimal digits; "": not known
    symmetry::PointPartition points;      ///< orbits
    symmetry::PairPartition pairs;        ///< symmetric orbitals
    double residual = 0.0;                ///< of the projection on matrices constant on them
    std::optional<double> tolerance;      ///< at which entries were taken as equal
    bool constant = false;                ///< all off the diagonal are equal, and all on it
    std::vector<DiscoveryCandidate> candidates;
    std::string reason; ///< why there is no group, or only the trivial one; "" otherwise
};

/// @param matrix symmetric, of order at least 2; n^2 numbers a few times, n^3 steps for refinement
[[nodiscard]] DiscoveredSymmetry discover_symmetry(const arma::mat& matrix, const DiscoveryOptions& options,
                                                   const base::Monitor& monitor = {});

} // namespace limsym::satnet
