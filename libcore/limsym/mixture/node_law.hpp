// The law of a node's variance lambda_{p,j} at finite width p: density and survival function of one family.
#pragma once

#include <functional>

#include "limsym/mixture/prior.hpp"

namespace limsym::mixture {

/// Functions of x > 0. log_density and log_density_slope are empty for families without a density (constant, bernoulli,
/// spike-slab).
struct NodeLaw {
    std::function<double(double)> log_density;       ///< -infinity outside the support; +infinity at a pole
    std::function<double(double)> log_density_slope; ///< d log density / d ln x, inside the support
    std::function<double(double)> scaled_survival;   ///< p P(lambda > x); tends to rho(x, inf)
};

/// @param width p >= 1 (inverse-gamma of shape 1: >= 2); c <= p was checked (check_width)
[[nodiscard]] NodeLaw node_law(const Family& family, double width);

/// What ggp and gbfry are made of at width p: with U uniform, G ~ Ga(1 - alpha, 1),
///     G / Y,  Y = (beta^alpha + U ((beta + t)^alpha - beta^alpha))^(1/alpha),  t = (alpha p / eta)^(1/alpha).
/// t may be beyond double, its powers are not.
struct TiltedBfry {
    double alpha;
    double log_beta;
    double log_t;
    double growth; ///< (1 + t / beta)^alpha - 1

    TiltedBfry(double shape, double beta, double eta, double width);
    /// ln Y
    [[nodiscard]] double log_y(double u) const;
};
[[nodiscard]] TiltedBfry tilted_bfry(const Ggp& family, double width);
/// Of beta 1; the node's variance is scale() G / Y times a Pareto(tau) mark (1 - U2)^(-1/tau).
[[nodiscard]] TiltedBfry tilted_bfry(const Gbfry& family, double width);

/// A node's variance from its random numbers (uniform, Ga(1 - alpha, 1) variate, uniform).
[[nodiscard]] double variance_from(const Ggp& family, double width, double u, double gamma);
[[nodiscard]] double variance_from(const Gbfry& family, double width, double u, double gamma, double pareto);

} // namespace limsym::mixture
