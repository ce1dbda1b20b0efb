// Symmetric matrices as users give them.
#pragma once

#include <armadillo>
#include <string>

namespace limsym::symmetry {

/// The largest |C_ij - C_ji| / max|C| that counts as rounding.
inline constexpr double symmetry_tolerance = 1e-12;

/// The mean of a square matrix and its transpose.
/// @param symmetrise accepts any square matrix; otherwise one that is symmetric to symmetry_tolerance
/// @throws InputError at `place` (the file) when it is not square or not symmetric
[[nodiscard]] arma::mat checked_symmetric(const arma::mat& matrix, bool symmetrise, const std::string& place);

} // namespace limsym::symmetry
