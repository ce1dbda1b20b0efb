// How wide a network must be for its tangent Gram matrix to start well-conditioned, by a matrix Chernoff bound.
//
// Theta_m = gamma Theta_uniform + (1 - gamma) (positive semidefinite), so eigmin(Theta_m) >= gamma
// eigmin(Theta_uniform); with probability 1 - delta eigmin(Theta_uniform) >= (1 - eps) kappa once m >= (R B^2 / (kappa
// c)) ln(n / delta), where kappa = eigmin of the mean, R = eigmax(X X'/d), B = sup |phi'|, c = eps + (1 - eps) ln(1 -
// eps). This concerns the initialisation only.
#pragma once

#include <armadillo>
#include <optional>

#include "limsym/base/monitor.hpp"
#include "limsym/nodescaling/node_activation.hpp"

namespace limsym::nodescaling {

struct WidthBoundOptions {
    double gamma = 0.5;  ///< in [0, 1]
    double delta = 0.05; ///< probability of failure, in (0, 1)
    double eps = 0.5;    ///< loss of the eigenvalue, in (0, 1)
};

struct WidthBound {
    double kappa = 0.0;
    double error_bound = 0.0; ///< of kappa by rounding
    double r = 0.0;
    std::optional<double> nodes;   ///< a whole number; nothing where kappa is not above its error bound
    double eigenvalue_floor = 0.0; ///< gamma (1 - eps) kappa
};

[[nodiscard]] WidthBound width_bound(const NodeActivation& activation, double sigma_w, const arma::mat& x,
                                     const WidthBoundOptions& options, const base::Monitor& monitor = {});

} // namespace limsym::nodescaling
