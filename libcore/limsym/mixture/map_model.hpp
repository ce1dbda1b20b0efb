// Networks whose node variances are trained with their weights, and the posterior that training maximises:
//     loss = mean cross-entropy - w log prior / n,
//     log prior = -1/2 sum W^2 - 1/2 sum B^2 + sum_j ln p(lambda_j)
// over all standardised weights and biases and, in each hidden layer, the density p of lambda itself (no Jacobian) at
// the layer's width; the free parameters are W, B and ln lambda. A constant prior keeps its lambda. Source: Lee, Ayed,
// Jung, Lee, Yang, Caron, JMLR 24 (2023), and their code.
#pragma once

#include <armadillo>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "limsym/mixture/labelled_data.hpp"
#include "limsym/mixture/node_law.hpp"
#include "limsym/mixture/prior.hpp"
#include "limsym/network/multilayer_perceptron.hpp"
#include "limsym/network/network.hpp"

namespace limsym::mixture {

/// The law of the variances of one hidden layer, as training sees it.
struct TrainedVariances {
    Prior prior;
    std::size_t width = 0;
    std::optional<NodeLaw> law; ///< nothing: constant, the variances do not move
};

/// A network and its parameters (weights, biases, ln lambda), kept apart.
struct MapModel {
    network::Network network;                ///< description; dense layers but the first have node_variances/prior
    network::MultilayerPerceptron shape;     ///< stage l + 1 has the log variances of hidden layer l (0-based)
    std::vector<TrainedVariances> variances; ///< of the hidden layers
    std::vector<double> parameters;

    [[nodiscard]] std::size_t hidden_layers() const { return variances.size(); }
    [[nodiscard]] std::size_t outputs() const { return shape.outputs(); }
    /// lambda of hidden layer l (0-based).
    [[nodiscard]] std::vector<double> node_variances(std::size_t layer) const;
    /// With weight, bias and node_variances in every layer.
    [[nodiscard]] network::Network document() const;
};

/// A trained network. @throws InputError at the pointer of a dense layer without weight, or, past the first, without
///   node_variances/prior and /values
[[nodiscard]] MapModel read_map_model(const network::Network& network);

/// Before training: weights and biases N(0, 1) from the seed, lambda = 1 / width (constant: its value).
/// @param priors of the hidden layers, as many as there are @param width of the hidden layers that do not say theirs
/// @throws InputError naming --prior for a law without a density that training could follow: sums, bernoulli,
///   spike-slab, or 1 / width outside its support
[[nodiscard]] MapModel initial_map_model(const network::Network& network, const std::vector<Prior>& priors,
                                         std::size_t inputs, std::optional<std::size_t> width, std::size_t outputs,
                                         std::uint64_t seed);

/// Sum of ln p(lambda) over the hidden layers.
[[nodiscard]] double variances_log_prior(const MapModel& model);

struct MapLoss {
    double cross_entropy = 0.0;
    double log_prior = 0.0;
    double loss = 0.0;
    double accuracy = 0.0;
    arma::mat logits;             ///< K x n
    std::vector<double> gradient; ///< like MapModel::parameters; empty: not asked for
};
/// @throws InputError where the data have other features than the network
[[nodiscard]] MapLoss map_loss(const MapModel& model, const LabelledData& data, double prior_weight,
                               bool with_gradient);

/// Cross-entropy and accuracy alone, for data of any size.
struct Score {
    double cross_entropy = 0.0;
    double accuracy = 0.0;
};
[[nodiscard]] Score evaluate(const MapModel& model, const LabelledData& data);

/// @throws InputError "FILE: 3 features; expected 4"
void require_features(const MapModel& model, const LabelledData& data);

} // namespace limsym::mixture
