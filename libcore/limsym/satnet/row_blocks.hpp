// Rows of a symmetric matrix that may be exchanged, and kinds of such blocks.
#pragma once

#include <armadillo>
#include <cstdint>
#include <vector>

namespace limsym::satnet {

/// Disjoint sets of rows, each ascending, in order of their first row.
using RowBlocks = std::vector<std::vector<std::uint32_t>>;

/// Root mean square change of a row when i and j are exchanged in rows and columns. O(n^3)
[[nodiscard]] arma::mat exchange_distances(const arma::mat& matrix);

/// Distances at which the sorted distances make the largest jumps (by ratio), at most `most` of them, ascending.
[[nodiscard]] std::vector<double> jump_thresholds(const arma::mat& distances, std::size_t most);

/// Connected by pairs of distance at most `threshold`.
[[nodiscard]] RowBlocks linked_rows(const arma::mat& distances, double threshold);

/// Means of a matrix over blocks: within them on and off the diagonal, and between them.
struct BlockMeans {
    arma::vec diagonal;
    arma::vec inner;   ///< 0 for a block of one row
    arma::mat between; ///< 0 on the diagonal
};
[[nodiscard]] BlockMeans block_means(const arma::mat& matrix, const RowBlocks& blocks);

/// Kinds of blocks that an automorphism could exchange: equal sizes, means within `threshold`, and so their sorted
/// means to the others (root mean square). Each kind lists block numbers, ascending.
[[nodiscard]] RowBlocks block_kinds(const RowBlocks& blocks, const BlockMeans& means, double threshold);

} // namespace limsym::satnet
