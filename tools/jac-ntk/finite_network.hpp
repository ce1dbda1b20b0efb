// Finite networks of jac-ntk: those whose weights the description holds, and those drawn at a width.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "limsym/kernel/jacobian_network.hpp"
#include "limsym/network/multilayer_perceptron.hpp"
#include "limsym/network/network.hpp"

namespace limsym::tools {

/// A network with one output, its parameters, and what it is near to.
struct FiniteNetwork {
    network::Network description;
    kernel::JacobianNetwork limit;
    network::MultilayerPerceptron shape;
    std::vector<double> parameters;

    /// Of the hidden layers, or nothing where they differ.
    [[nodiscard]] std::optional<std::size_t> width() const;
};

/// Some dense layer has a weight.
[[nodiscard]] bool has_weights(const network::Network& network);

/// The limit of a network for data of so many columns. @throws InputError where it has no Jacobian NTK
[[nodiscard]] kernel::JacobianNetwork smooth_limit(const network::Network& network, std::size_t features);

/// The network whose weights (and biases, where sigma_b is) the description holds.
/// @param points what has `features` columns, for messages @throws InputError at the layer without weight or bias
[[nodiscard]] FiniteNetwork given_network(const network::Network& network, std::size_t features,
                                          const std::string& points);
/// Network 0 of the seed's ensemble. @param width of the hidden layers that do not say theirs
[[nodiscard]] FiniteNetwork drawn_network(const network::Network& network, std::size_t features,
                                          std::optional<std::size_t> width, std::uint64_t seed);

} // namespace limsym::tools
