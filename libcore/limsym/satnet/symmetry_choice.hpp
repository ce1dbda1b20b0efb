// Which of several symmetries that fit a matrix is meant.
#pragma once

#include <armadillo>
#include <cstddef>
#include <optional>
#include <vector>

namespace limsym::satnet {

/// Mean 0 and mean square 1, the scale on which fits are compared; a matrix whose entries differ by rounding only
/// becomes 0.
[[nodiscard]] arma::mat standardised(const arma::mat& matrix);

/// How well matrices of a symmetry describe a given one.
struct SymmetryFit {
    std::size_t orbitals = 0; ///< symmetric orbitals: free numbers
    double residual = 0.0;    ///< |P(C) - C|_F / |C|_F of the standardised matrix
};

/// A matrix of the user's, or a factor that was averaged out of it.
enum class FittedMatrix { whole, factor };

/// The residual that is expected of the true matrix when what is left over is noise: the fit takes up a share
/// orbitals / pairs of it. @param pairs n (n + 1) / 2, more than fit.orbitals
[[nodiscard]] double noise_level(const SymmetryFit& fit, std::size_t pairs);

/// The fit with the fewest orbitals (then the smallest residual, then the first) among those whose residual is at most
/// `most`, and not far above the smallest noise level of all (by 10 % for many pairs, by more for few), or at
/// most `floor` where that is more: a symmetry that is too large shows in a residual above the noise that finer ones
/// tell. Fits with a free number a pair say nothing and are left out. Nothing when none is left.
[[nodiscard]] std::optional<std::size_t> best_fit(const std::vector<SymmetryFit>& fits, std::size_t n, double most,
                                                  double floor, FittedMatrix matrix);

} // namespace limsym::satnet
