// A network description compiled to a flat list of operations on kernel states.
//
// A state of a pair of inputs (x, x') is (q1, q2, K, Theta): both variances, the NNGP and the NTK value. States live in
// numbered slots; a residual block copies its input to a further slot and adds it back after both paths are done.
#pragma once

#include <cstddef>
#include <variant>
#include <vector>

#include "limsym/network/network.hpp"

namespace limsym::kernel {

/// K' = weight K + bias;  Theta' = ntk_kernel K + ntk_bias + weight Theta.
/// NTK parameterisation: ntk_kernel = weight = sigma_w^2, ntk_bias = bias = sigma_b^2, so Theta' = K' + sigma_w^2
/// Theta. Standard parameterisation: ntk_kernel = fan_in, ntk_bias = 1 where there is a bias.
struct AffineOp {
    double weight = 1.0;
    double bias = 0.0;
    double ntk_kernel = 1.0;
    double ntk_bias = 0.0;
    bool readout = false; ///< not moved by scale derivatives
};
/// K' = F(q1, q2, K), Theta' = Theta D(q1, q2, K).
struct ActivationOp {
    network::Activation activation;
};
/// K' = K / sqrt((q1 + eps)(q2 + eps)), Theta alike.
struct NormaliseOp {
    double eps;
};
/// Variances and diagonal entries divided by `keep`.
struct DropoutOp {
    double keep;
};
/// State of slot `to` := state of this slot.
struct CopyOp {
    std::size_t to;
};
/// State of this slot += state of slot `from`.
struct AddOp {
    std::size_t from;
};
/// State multiplied by 2^-log2: keeps deep homogeneous networks in range.
struct RescaleOp {
    int log2;
};

struct Op {
    std::variant<AffineOp, ActivationOp, NormaliseOp, DropoutOp, CopyOp, AddOp, RescaleOp> action;
    std::size_t slot = 0;
    std::size_t layer = 0; ///< which layer of the description, from 1, repeats written out
};

struct Program {
    std::vector<Op> ops;
    std::size_t slots = 1;
    std::size_t layers = 0;
    double input_factor = 1.0; ///< K0 = input_factor x.x'
    bool homogeneous = true;   ///< K scales with every sigma_w^2: no bias, no layer_norm, only abs-like activations
    long log2_scale = 0;       ///< sum of all RescaleOp: true value = value 2^log2_scale
};

/// Does phi(t x) = t phi(x) hold for all t > 0?
[[nodiscard]] bool absolutely_homogeneous(network::ActivationKind kind);

/// @throws InputError when the data's columns are not the product of the network's input_shape, if it has one
void check_features(const network::Network& network, std::size_t features);

/// @param features columns of the data; must equal the product of input_shape, if there is one
/// @throws InputError (shape; layers that act on positions: "not supported")
[[nodiscard]] Program compile(const network::Network& network, std::size_t features);

} // namespace limsym::kernel
