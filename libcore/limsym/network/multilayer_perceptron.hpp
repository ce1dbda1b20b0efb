// Multilayer perceptrons that can be trained: dense layers and activations, all parameters in one flat array.
//
// Stage l of a network maps the state h (n_in numbers) of a sample to
//     u = weight_scale W (s o h) + bias_scale b,      h' = phi(u)
// with W n_out x n_in, s_j = exp(log_variance_j / 2) where the stage has node variances, else 1, and phi the identity
// after the last stage. Parameterisations differ in the scales alone: standard 1 and 1; ntk sigma_w / sqrt(fan_in) and
// sigma_b. The parameters of all stages lie one after another in one array: W column-major (out index fastest), b,
// log variances. Optimisers, checkpoints and penalties work on that array; T is double or float.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "limsym/network/block_activation.hpp"
#include "limsym/network/network.hpp"

namespace limsym::network {

/// A run of parameters in the flat array.
struct ParameterRange {
    std::size_t begin = 0;
    std::size_t count = 0;
    [[nodiscard]] std::size_t end() const { return begin + count; }
    template <typename T>
    [[nodiscard]] std::span<T> of(std::span<T> parameters) const {
        return parameters.subspan(begin, count);
    }
};

/// One dense layer and the activation after it.
struct Stage {
    std::size_t inputs = 0;
    std::size_t outputs = 0;
    double weight_scale = 1.0;
    double bias_scale = 1.0;
    BlockActivation activation;  ///< identity: none
    ParameterRange weight;       ///< outputs x inputs, column-major
    ParameterRange bias;         ///< outputs numbers, or none
    ParameterRange log_variance; ///< of the nodes that feed the stage: inputs numbers, or none
    std::size_t layer = 0;       ///< position of the dense layer in Network::layers, repeats written out
};

/// The shape of a network; its parameters are kept apart.
struct MultilayerPerceptron {
    std::vector<Stage> stages; ///< at least one
    std::size_t parameters = 0;

    [[nodiscard]] std::size_t inputs() const { return stages.front().inputs; }
    [[nodiscard]] std::size_t outputs() const { return stages.back().outputs; }
};

/// How a description becomes a shape.
struct PerceptronOptions {
    std::size_t inputs = 1;
    std::optional<std::size_t> width = {};   ///< of hidden layers that do not say theirs (and have no weight)
    std::optional<std::size_t> outputs = {}; ///< of the readout; absent: its weight's rows or width, else 1
    bool log_variances = false;              ///< every dense layer but the first has node variances
    std::string user = "training"; ///< who asks, for messages: "USER supports dense and activation layers only"
};

/// The shape of a network of dense and activation layers (repeat is written out). A bias is there where sigma_b was
/// given and is not 0 (ntk), or was given or has a vector (standard).
/// @throws InputError at the pointer of another layer, or where a weight has other columns than the layer before rows
[[nodiscard]] MultilayerPerceptron make_perceptron(const Network& network, const PerceptronOptions& options);

/// The shape of a network whose dense layers all have weights: their sizes, not the options', count.
/// @throws InputError at the pointer of a dense layer without weight ("... has no weight; expected a trained network")
[[nodiscard]] MultilayerPerceptron make_trained_perceptron(const Network& network, const std::string& user);

/// The flat array of a trained network's weights, biases (0 where there is a bias but no vector) and log variances
/// (ln of node_variances/values, all > 0).
[[nodiscard]] std::vector<double> parameters_of(const Network& network, const MultilayerPerceptron& shape);

/// The description with these parameters as weight, bias, width and, where the stage has them, node_variances/values;
/// repeat is written out. @param parameters shape.parameters numbers
template <typename T>
[[nodiscard]] Network with_parameters(const Network& network, const MultilayerPerceptron& shape,
                                      std::span<const T> parameters);

/// Laws from which parameters start.
enum class Initialisation {
    standard_normal, ///< weights and biases N(0, 1): what the ntk parameterisation expects
    he_normal,       ///< weights N(0, 2 / n_in), biases 0
    lecun_normal,    ///< weights N(0, 1 / n_in), biases 0
    fan_in_uniform,  ///< weights and biases U(-1, 1) / sqrt(n_in), the default of torch.nn.Linear
    orthogonal,      ///< rows or columns of weights orthonormal, biases 0
};

/// Starting parameters; log variances are 0 (callers set them). Stage l draws from its own stream
/// (seed, "initial parameters", first_stream + l), so nets of several parts stay apart by `first_stream`.
[[nodiscard]] std::vector<double> initial_parameters(const MultilayerPerceptron& shape, Initialisation law,
                                                     std::uint64_t seed, std::uint64_t first_stream = 0);

/// Standard normal parameters of network `index` of an ensemble; row r of stage l, its bias first, is a stream of its
/// own. So a narrower network is the upper left corner of a wider one with the same index, which lowers the variance of
/// comparisons between widths. @param index < 2^20; at most 2^16 stages of at most 2^28 outputs (invalid_argument)
[[nodiscard]] std::vector<double> nested_parameters(const MultilayerPerceptron& shape, std::uint64_t seed,
                                                    std::uint64_t index = 0);

} // namespace limsym::network
