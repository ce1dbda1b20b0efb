#include "limsym/kernel/jacobian_network.hpp"

#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/network/layer_name.hpp"

namespace limsym::kernel {

namespace {

/// Networks of the command line's shorthand have no file, but the name of its option.
bool has_file(const network::Network& network) {
    return !network.file.empty() && !network.file.starts_with("--");
}

std::string place_of(const network::Network& network, std::size_t layer) {
    const std::string pointer = "/layers/" + std::to_string(layer) + "/" + layer_name(network.layers[layer]);
    return has_file(network) ? base::at_pointer(network.file, pointer) : "";
}

[[noreturn]] void fail(const std::string& place, const std::string& message) {
    throw place.empty() ? base::InputError(message) : base::InputError(place, message);
}

void check_input_shape(const network::Network& network, std::size_t features) {
    if (!network.input_shape) return;
    const auto& [height, width, channels] = *network.input_shape;
    if (height == 1 && width == 1 && channels == features) return;
    fail(base::at_pointer(network.file, "/input_shape"), std::to_string(height) + " x " + std::to_string(width) +
                                                             " x " + std::to_string(channels) + "; expected 1 x 1 x " +
                                                             std::to_string(features) + ": jac-ntk takes vectors");
}

} // namespace

JacobianNetwork make_jacobian_network(const network::Network& network, std::size_t features) {
    if (network.standard)
        fail(base::at_pointer(network.file, "/parameterization"), "\"standard\" is not supported; expected \"ntk\"");
    check_input_shape(network, features);
    JacobianNetwork result;
    result.features = features;
    bool dense_is_next = true;
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
        const std::string place = place_of(network, l);
        const auto* dense = std::get_if<network::Dense>(&network.layers[l].value);
        const auto* activation = std::get_if<network::ActivationLayer>(&network.layers[l].value);
        if (dense == nullptr && activation == nullptr) fail(place, "jac-ntk supports dense and activation layers only");
        if (dense != nullptr && dense->node_variances)
            fail(place + "/node_variances", "not supported by jac-ntk; expected Gaussian weights");
        if ((dense != nullptr) != dense_is_next)
            fail(place, dense_is_next ? "expected a dense layer, as dense and activation layers take turns"
                                      : "expected an activation, as dense and activation layers take turns");
        dense_is_next = !dense_is_next;
        if (activation != nullptr) {
            result.layers.push_back({moment_form(activation->activation, place.empty() ? "--activation" : place),
                                     network::activation_name(activation->activation), place, 1.0, 0.0});
            continue;
        }
        const double weight = dense->sigma_w * dense->sigma_w;
        const double bias = dense->sigma_b * dense->sigma_b;
        if (l == 0) {
            result.input_weight = network.unit_input ? weight : weight / static_cast<double>(features);
            result.input_bias = bias;
        } else {
            result.layers.back().weight = weight;
            result.layers.back().bias = bias;
        }
    }
    if (dense_is_next || result.layers.empty())
        fail(has_file(network) ? base::at_pointer(network.file, "/layers") : "",
             "expected dense, activation, ..., dense: at least one activation, and a dense layer at the end");
    return result;
}

void require_jacobian_ntk(const JacobianNetwork& network) {
    for (const JacobianLayer& layer : network.layers) {
        if (layer.form.smooth) continue;
        fail(layer.place, "activation '" + layer.activation +
                              "' has no finite Jacobian NTK (its derivative jumps); use gelu, softplus or kernel "
                              "--which nngp-jac");
    }
}

double critical_sigma_w(const network::Activation& activation, const std::string& place) {
    return 1.0 / std::sqrt(evaluate_moments(moment_form(activation, place), 1.0, 1.0, 1.0).f);
}

} // namespace limsym::kernel
