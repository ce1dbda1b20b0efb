// Columns brought to mean 0 and standard deviation 1, and back; rows brought to length 1.
#pragma once

#include <armadillo>
#include <cstddef>
#include <vector>

namespace limsym::data {

/// z = (x - mean) / scale, column by column. scale is the population standard deviation; a constant column has scale 1,
/// so that it becomes 0.
struct Standardisation {
    arma::rowvec mean;
    arma::rowvec scale;
    std::vector<std::size_t> constant; ///< 0-based columns that do not vary
    bool unit_norm = false;            ///< afterwards every row is scaled to Euclidean length 1

    /// Of the columns of x (n >= 1 rows).
    [[nodiscard]] static Standardisation of(const arma::mat& x);
    /// mean 0, scale 1: changes nothing.
    [[nodiscard]] static Standardisation none(std::size_t columns);
    /// @throws InputError under unit_norm, when a row has become 0
    [[nodiscard]] arma::mat apply(const arma::mat& x) const;
};

} // namespace limsym::data
