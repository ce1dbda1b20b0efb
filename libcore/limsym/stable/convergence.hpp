// How finite networks approach their limit.
#pragma once

#include <armadillo>
#include <optional>

#include "limsym/stable/law.hpp"

namespace limsym::stable {

/// Outputs of networks of one width against the law of the limit.
struct ConvergencePoint {
    double ks = 0.0;                  ///< Kolmogorov distance
    double ecf = 0.0;                 ///< characteristic_distance
    std::optional<double> alpha_hill; ///< tail index at k = floor(sqrt(outputs)); nothing where ties leave none
};

/// @param outputs at least 2 @throws WorkError when the law is a point mass
[[nodiscard]] ConvergencePoint convergence_point(const arma::vec& outputs, const Law& law);

/// The 99 % point of the Kolmogorov distance that many outputs of the law itself have: exact up to 1e5, then the
/// limit's.
[[nodiscard]] double critical_distance(std::size_t outputs);

} // namespace limsym::stable
