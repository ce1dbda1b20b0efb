#include "limsym/satnet/symmetry_choice.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace limsym::satnet {

namespace {

/// Residual over the noise that is forgiven: what training leaves in a matrix is not all noise, and where few pairs are
/// left to measure the noise, the fit that happens to show the least has been taken. A factor is an average, in which
/// noise shows less. Tried on noisy matrices of order 8 to 64, and on trained ones.
double forgiven(FittedMatrix matrix, std::size_t pairs_left) {
    const auto left = static_cast<double>(pairs_left);
    return 1.1 + (matrix == FittedMatrix::whole ? 30.0 / left : 3.0 / std::sqrt(2.0 * left));
}

} // namespace

arma::mat standardised(const arma::mat& matrix) {
    const double mean = arma::accu(matrix) / static_cast<double>(matrix.n_elem);
    arma::mat result = matrix - mean;
    const double deviation = std::sqrt(arma::accu(arma::square(result)) / static_cast<double>(result.n_elem));
    if (deviation <= 1e-14 * std::abs(mean)) return arma::mat(arma::size(matrix), arma::fill::zeros);
    result /= deviation;
    return result;
}

double noise_level(const SymmetryFit& fit, std::size_t pairs) {
    const double share = static_cast<double>(fit.orbitals) / static_cast<double>(pairs);
    return fit.residual / std::sqrt(1.0 - share);
}

std::optional<std::size_t> best_fit(const std::vector<SymmetryFit>& fits, std::size_t n, double most, double floor,
                                    FittedMatrix matrix) {
    const std::size_t pairs = n * (n + 1) / 2;
    double noise = std::numeric_limits<double>::infinity();
    double factor = 0.0;
    for (const SymmetryFit& fit : fits) {
        if (fit.orbitals >= pairs || fit.residual > most || noise_level(fit, pairs) >= noise) continue;
        noise = noise_level(fit, pairs);
        factor = forgiven(matrix, pairs - fit.orbitals);
    }
    const double allowed = std::min(most, std::max(floor, factor * noise));
    std::optional<std::size_t> best;
    for (std::size_t k = 0; k < fits.size(); ++k) {
        if (fits[k].orbitals >= pairs || !(fits[k].residual <= allowed)) continue;
        if (!best ||
            std::tie(fits[k].orbitals, fits[k].residual) < std::tie(fits[*best].orbitals, fits[*best].residual))
            best = k;
    }
    return best;
}

} // namespace limsym::satnet
