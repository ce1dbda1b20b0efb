// The networks of which there are Jacobian kernels: dense layers and smooth or rectifying activations by turns.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "limsym/kernel/gaussian_moments.hpp"
#include "limsym/network/network.hpp"

namespace limsym::kernel {

/// An activation and the dense layer after it, K' = weight F(a, b, K) + bias.
struct JacobianLayer {
    MomentForm form;
    std::string activation; ///< its name
    std::string place;      ///< of the activation, "net.json:/layers/1/activation"; empty without a file
    double weight = 1.0;    ///< sigma_w^2
    double bias = 0.0;      ///< sigma_b^2
};

/// K0 = input_weight x.x' + input_bias, then the layers.
struct JacobianNetwork {
    std::size_t features = 0; ///< d
    double input_weight = 1.0;
    double input_bias = 0.0;
    std::vector<JacobianLayer> layers; ///< at least one
};

/// Widths, weights and biases of the description are not looked at.
/// @param features columns of the data
/// @throws InputError at the layer's pointer for other layers, another order, standard parameterisation, or an
/// input_shape other than `features` numbers
[[nodiscard]] JacobianNetwork make_jacobian_network(const network::Network& network, std::size_t features);

/// @throws InputError naming the activation whose derivative jumps: with it the Jacobian block of the tangent kernel is
/// infinite at equal inputs
void require_jacobian_ntk(const JacobianNetwork& network);

/// sigma_w = (E phi(z)^2)^{-1/2}, z standard normal, which keeps a variance of 1 from layer to layer.
[[nodiscard]] double critical_sigma_w(const network::Activation& activation, const std::string& place);

} // namespace limsym::kernel
