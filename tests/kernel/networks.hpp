// Small networks for tests.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "limsym/base/random.hpp"
#include "limsym/network/network.hpp"

namespace limsym::tests {

inline network::Layer dense(double sigma_w, double sigma_b = 0.0) {
    network::Dense layer;
    layer.sigma_w = sigma_w;
    layer.sigma_b = sigma_b;
    layer.has_bias = sigma_b != 0.0;
    return {layer};
}

inline network::Activation activation_of(network::ActivationKind kind, std::vector<double> parameters = {}) {
    network::Activation activation;
    activation.kind = kind;
    activation.parameters = std::move(parameters);
    return activation;
}

inline network::Layer activate(network::ActivationKind kind, std::vector<double> parameters = {}) {
    return {network::ActivationLayer{activation_of(kind, std::move(parameters))}};
}

inline network::Network perceptron(network::Activation activation, std::size_t depth, double sigma_w, double sigma_b) {
    network::Shorthand shorthand;
    shorthand.activation = std::move(activation);
    shorthand.depth = depth;
    shorthand.sigma_w = sigma_w;
    shorthand.sigma_b = sigma_b;
    return network::make_network(shorthand);
}

/// Numbers spread over (-2, 2).
inline arma::mat scattered(std::size_t rows, std::size_t columns, std::uint64_t seed = 7) {
    arma::mat x(rows, columns);
    base::RandomStream stream(seed, "test data");
    for (double& value : x)
        value = 4.0 * stream.uniform() - 2.0;
    return x;
}

} // namespace limsym::tests
