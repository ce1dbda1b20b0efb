// Symmetries of a matrix among the groups that expressions of I, Z, S, +, x and wr describe.
//
// A matrix is split into a Kronecker product of factors by a singular value decomposition of its rearranged blocks (Van
// Loan, Pitsianis 1993), into blocks of interchangeable rows, or into kinds of rows, and the parts are searched in
// turn. Source: Lim, Oh, Yang, SymSATNet, NeurIPS 2022, section 4 (SymFind); ours is that every candidate is checked
// against the matrix by its exact number of orbitals and its residual, and that blocks are found by distances of rows.
#pragma once

#include <armadillo>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/satnet/symmetry_choice.hpp"
#include "limsym/symmetry/group.hpp"
#include "limsym/symmetry/partition.hpp"

namespace limsym::satnet {

struct GrammarOptions {
    double rtol = 0.05;   ///< residual below which a whole S_n is taken at once; tolerance of what counts as constant
    double max_err = 0.4; ///< largest residual of a candidate
};

/// A group that nearly keeps a matrix.
struct GrammarMatch {
    symmetry::Group group;          ///< on points
    symmetry::Permutation point_of; ///< variable -> point of the group
    SymmetryFit fit;
};

/// The symmetric orbitals of a match, as they lie in the matrix.
[[nodiscard]] symmetry::PairPartition partition_of(const GrammarMatch& match);

/// Every group of the last step of the search, the chosen one first; I_n alone when there is none.
/// Products are found when their points stand in order (index a dim B + b); sums and wreath products in any order.
/// @param matrix symmetric
[[nodiscard]] std::vector<GrammarMatch> grammar_search(const arma::mat& matrix, const GrammarOptions& options,
                                                       const base::Monitor& monitor = {});

} // namespace limsym::satnet
