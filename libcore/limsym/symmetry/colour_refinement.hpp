// Colours of pairs: from the entries of a matrix, and refined until they are stable.
#pragma once

#include <armadillo>

#include "limsym/base/monitor.hpp"
#include "limsym/symmetry/partition.hpp"

namespace limsym::symmetry {

/// Classes of the entries of a symmetric matrix by single linkage: neighbours in order of size that differ by at most
/// `tolerance` are in one class. The diagonal has classes of its own.
[[nodiscard]] PairPartition quantised(const arma::mat& matrix, double tolerance);

/// Differences of neighbouring distinct values, off the diagonal and on it, largest first.
[[nodiscard]] std::vector<double> value_gaps(const arma::mat& matrix);

/// The coarsest stable refinement (2-dimensional Weisfeiler-Leman): pairs are in one class when for all classes a and b
/// equally many points k have (i, k) in a and (k, j) in b. Every automorphism keeps it, and it is what orbitals would
/// be as far as counting tells. O(n^3) a round; counts are compared by a 64-bit hash.
[[nodiscard]] PairPartition stable_colouring(const PairPartition& colours, const base::Monitor& monitor = {});

} // namespace limsym::symmetry
