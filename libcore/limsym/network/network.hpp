// limsym/network@1: one description language for architectures and trained networks.
#pragma once

#include <armadillo>
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "limsym/data/json.hpp"
#include "limsym/network/activation.hpp"

namespace limsym::network {

enum class Padding { same, valid, circular };
enum class AttentionMechanism { softmax, identity, relu, abs };

struct Layer;

/// The nodes that feed a dense layer: node j multiplies column j of the layer's weights by sqrt(lambda_j)
/// (mogp-sample). `prior` is the law of lambda in the grammar of mixture/prior.hpp, not looked at here.
struct NodeVariances {
    std::string prior;          ///< empty: not given
    std::vector<double> values; ///< lambda_j > 0, one for each column of weight; empty: not given
};

/// The law of one weight, where it is not the Gaussian one: limsym/stable/weights.hpp gives the names their meaning.
struct WeightFamily {
    std::string family = "stable";
    std::map<std::string, double> parameters;
};

/// An affine layer. weight is out x in, present in trained networks only.
struct Dense {
    double sigma_w = 1.0;
    double sigma_b = 0.0;
    bool has_bias = false; ///< sigma_b was given; matters where sigma_b is 0 under standard parameterisation
    std::optional<std::size_t> width;
    arma::mat weight; ///< out x in; empty when the document has none
    arma::vec bias;
    std::optional<NodeVariances> node_variances; ///< not in the first dense layer
    std::optional<double> alpha;                 ///< stability index; read with DenseKeys::stable only
    std::optional<WeightFamily> weights;         ///< likewise
};
struct Convolution {
    std::array<std::size_t, 2> kernel{1, 1};
    std::array<std::size_t, 2> stride{1, 1};
    Padding padding = Padding::same;
    double sigma_w = 1.0;
    double sigma_b = 0.0;
    bool has_bias = false;
    std::optional<std::size_t> width;
};
struct ActivationLayer {
    Activation activation;
};
struct LayerNorm {
    bool all_axes = false; ///< "axes":"all": the variance is averaged over positions first
    double eps = 1e-12;
};
struct Dropout {
    double keep = 1.0; ///< in (0, 1]
};
struct Residual {
    std::vector<Layer> branch;
    std::vector<Layer> shortcut;
};
struct Pool {
    bool sum = false; ///< sum_pool
    std::array<std::size_t, 2> window{1, 1};
    std::array<std::size_t, 2> stride{1, 1};
    Padding padding = Padding::valid;
};
struct Flatten {};
/// Attention over positions with tied keys and queries.
struct Attention {
    double sigma_q = 1.0;
    double sigma_k = 1.0;
    double sigma_v = 1.0;
    double sigma_o = 1.0;
    double sigma_b = 0.0;
    AttentionMechanism mechanism = AttentionMechanism::softmax;
};
struct GlobalAveragePool {};
struct Repeat {
    std::size_t times = 1;
    std::vector<Layer> layers;
};

struct Layer {
    std::variant<Dense, Convolution, ActivationLayer, LayerNorm, Dropout, Residual, Pool, Flatten, GlobalAveragePool,
                 Attention, Repeat>
        value;
};

struct Network {
    std::string file;                                      ///< where it was read, for messages
    bool standard = false;                                 ///< "parameterization":"standard"
    bool unit_input = false;                               ///< "input_scale":"unit": K0 = x.x' instead of x.x'/d
    std::optional<std::array<std::size_t, 3>> input_shape; ///< H, W, C
    std::vector<Layer> layers;
};

/// The hidden layers of the --activation/--depth shorthand; the readout is its own.
struct Shorthand {
    Activation activation;
    std::size_t depth = 1;
    std::optional<std::size_t> width;
    double sigma_w = 1.0;
    double sigma_b = 0.0;
    double readout_sigma_w = 1.0;
    double readout_sigma_b = 0.0;
};

/// Which keys a dense layer may have besides those of every tool.
struct DenseKeys {
    bool stable = false; ///< alpha, weights; and sigma_w may be 0
};

/// Reads and checks a network document: keys, ranges, nesting (<= 64 levels, <= 100000 layers after repeat), that
/// activations act on Gaussian states, that the last layer is an affine readout, that standard parameterisation has
/// widths. @throws InputError at FILE:/layers/3/conv/kernel
[[nodiscard]] Network read_network(const data::Json& document, const std::string& file, DenseKeys keys = {});
[[nodiscard]] Network read_network_file(const std::string& file, DenseKeys keys = {});
[[nodiscard]] Network make_network(const Shorthand& shorthand);

/// Canonical document: defaults left out, repeat kept.
[[nodiscard]] data::Json to_json(const Network& network);
/// The same with sigma_w and sigma_b written in every affine layer, for documents whose point they are.
[[nodiscard]] data::Json to_json_with_scales(const Network& network);
/// SHA-256 of the canonical document without weights: equal for networks with equal kernels by description.
[[nodiscard]] std::string network_sha256(const Network& network);

/// The same network with sigma_w and sigma_b (when given) in every affine layer but the readout; sigma_b 0: no bias.
[[nodiscard]] Network with_scales(const Network& network, std::optional<double> sigma_w, std::optional<double> sigma_b);

/// sigma_w and sigma_b of every affine layer but the readout, in order: those that with_scales sets.
struct AffineScales {
    double sigma_w;
    double sigma_b;
};
[[nodiscard]] std::vector<AffineScales> hidden_scales(const Network& network);

/// Does the readout (last layer) have a bias?
[[nodiscard]] bool readout_has_bias(const Network& network);

} // namespace limsym::network
