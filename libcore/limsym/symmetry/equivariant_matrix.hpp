// Matrices that are constant on the classes of a pair partition: the Reynolds projection and its inverse.
#pragma once

#include <armadillo>

#include "limsym/symmetry/partition.hpp"

namespace limsym::symmetry {

/// Mean of every class: the coefficients of the orthogonal projection onto equivariant matrices.
/// @param matrix of order partition.degree
[[nodiscard]] arma::vec class_means(const arma::mat& matrix, const PairPartition& partition);

/// The matrix with values[label] at every pair.
[[nodiscard]] arma::mat expanded(const arma::vec& values, const PairPartition& partition);

/// |P(C) - C|_F / |C|_F for the projection P with these class means; 0 for C = 0.
[[nodiscard]] double relative_residual(const arma::mat& matrix, const arma::vec& means, const PairPartition& partition);

} // namespace limsym::symmetry
