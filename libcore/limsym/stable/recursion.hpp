// The scale recursion for one input: nodes of a wide layer are i.i.d. S_alpha(sigma) with
//   sigma_l^alpha_l = sigma_w^alpha_l E |phi(Z)|^alpha_l + sigma_b^alpha_l,   Z a node of layer l - 1.
#pragma once

#include <armadillo>
#include <optional>
#include <vector>

#include "limsym/stable/heavy_network.hpp"

namespace limsym::stable {

struct LayerScale {
    double alpha = 2.0; ///< of the layer's nodes: the layer's index, in the super regime alpha'/power
    double sigma = 0.0;
    std::optional<double> moment; ///< E |phi(Z)|^alpha; nothing in layer 1 and where it is infinite
    Regime regime = Regime::input;
};

/// Every layer at one input. @param allow_super the last layer may be super-linear when it has no bias
/// @throws InputError unless layer 1 is stable at every input, or for a super-linear layer that is allowed but not last
/// or has a bias; WorkError for one that is not allowed
[[nodiscard]] std::vector<LayerScale> scale_recursion(const HeavyNetwork& network, const arma::rowvec& x,
                                                      bool allow_super = false);

} // namespace limsym::stable
