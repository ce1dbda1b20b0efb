// Dense networks whose hidden nodes have random variances: what a description and the priors say together.
//
// Z^1 = sigma_w V x / sqrt(d) + sigma_b B;  Z^{l+1}_k = sigma_w sum_j sqrt(lambda_{p,j}) V_kj phi(Z^l_j) + sigma_b B_k.
#pragma once

#include <string>
#include <vector>

#include "limsym/mixture/prior.hpp"
#include "limsym/network/network.hpp"

namespace limsym::mixture {

/// A hidden layer and the dense layer that its nodes feed.
struct HiddenLayer {
    network::Activation activation;
    Prior prior; ///< of the variances of its nodes
    double sigma_w = 1.0;
    double sigma_b = 0.0;
};
struct Architecture {
    double sigma_w = 1.0; ///< of the first dense layer
    double sigma_b = 0.0;
    bool unit_input = false; ///< K^1 = sigma_b^2 + sigma_w^2 x.x' in place of x.x'/d
    std::vector<HiddenLayer> hidden;

    /// Every activation is relu.
    [[nodiscard]] bool all_relu() const;
};

/// Names of the activations that are supported.
[[nodiscard]] const std::vector<std::string>& supported_activations();
/// @throws InputError "PLACE: unknown 'rellu'; known are relu, ..." @param text a name, or JSON
void require_supported_activation(const std::string& text, const std::string& place);

/// @param priors none, one for all hidden layers, or one for each; a layer's node_variances/prior comes first
/// @throws InputError "--prior: 2 priors given; expected 1 or 3"; at the pointer of a dense layer that has none; at
/// that
///   of a layer that is neither dense nor an activation, or of an activation that is not supported
[[nodiscard]] Architecture make_architecture(const network::Network& network, const std::vector<std::string>& priors);

} // namespace limsym::mixture
