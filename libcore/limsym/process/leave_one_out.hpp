// Leave-one-out densities from one factorisation.
#pragma once

#include <armadillo>

#include "limsym/process/regression.hpp"

namespace limsym::process {

/// mean over i of log p(y_i | y_-i), all outputs of a row together, s integrated given the other rows.
/// For scaled noise: r_i = alpha_i/P_ii, v_i = 1/P_ii, d_-i = d - sum over outputs of alpha_i^2/P_ii, with P = A^-1.
/// @param inverse_diagonal P_ii
[[nodiscard]] double leave_one_out(const ScalePrior& prior, double d, const arma::mat& alpha,
                                   const arma::vec& inverse_diagonal);
/// The same for noise that s does not scale: p(y_i | y_-i) = 1 / E[1/p(y_i | y_-i, s) | y].
[[nodiscard]] double leave_one_out(const ScaleLaw& law, const SpectralForm& spectral, double noise);

} // namespace limsym::process
