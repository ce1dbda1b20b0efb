#include "limsym/satnet/symmetry_choice.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace limsym::satnet {

namespace {

constexpr double above_noise = 3.0;

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

std::optional<std::size_t> best_fit(const std::vector<SymmetryFit>& fits, std::size_t n, double most, double floor) {
    const std::size_t pairs = n * (n + 1) / 2;
    double least_noise = std::numeric_limits<double>::infinity();
    for (const SymmetryFit& fit : fits)
        if (fit.orbitals < pairs && fit.residual <= most) least_noise = std::min(least_noise, noise_level(fit, pairs));
    const double allowed = std::min(most, std::max(floor, above_noise * least_noise));
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
