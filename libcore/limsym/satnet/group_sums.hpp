// Compiles a permutation group into the sums of vectors by which its equivariant matrices are applied.
//
// For trees of S_n, products, wreath products and sums the rows of such a matrix are combinations of a few nested
// blocks of ones: 18 for the Sudoku group on 729 variables. Z_n and generated groups count every point of theirs.
#pragma once

#include <optional>

#include "limsym/satnet/sum_table.hpp"
#include "limsym/symmetry/group.hpp"
#include "limsym/symmetry/partition.hpp"

namespace limsym::satnet {

/// The table of a group on the variables 1..degree. Parameter t is the value on the t-th class of `classes` that is not
/// on the diagonal. Nothing when a variable would read more than half as many sums as there are variables: the matrix
/// itself is then cheaper.
/// @param classes symmetric orbitals of the group
[[nodiscard]] std::optional<SumTable> compile_sums(const symmetry::Group& group,
                                                   const symmetry::PairPartition& classes);

} // namespace limsym::satnet
