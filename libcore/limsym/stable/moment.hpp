// E |phi(Z)|^p of an activation under a stable law.
#pragma once

#include "limsym/network/activation.hpp"
#include "limsym/stable/heavy_network.hpp"

namespace limsym::stable {

/// E |phi(Z)|^p for Z of S_alpha(sigma), p > 0, to a relative error of about 1e-10: closed forms of powers, quadrature
/// of the rest. +infinity where growth.power * p >= alpha < 2 and sigma > 0 (unless phi does not grow). @param growth
/// of phi
[[nodiscard]] double activation_moment(const network::Activation& activation, const Growth& growth, double p,
                                       double alpha, double sigma);

} // namespace limsym::stable
