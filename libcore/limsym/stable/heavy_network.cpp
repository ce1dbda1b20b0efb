#include "limsym/stable/heavy_network.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/stable/law.hpp"

namespace limsym::stable {

namespace {

using network::ActivationKind;

constexpr const char* known_activations =
    "identity, abs, relu, leaky_relu, sign, tanh, erf, hardtanh, sigmoid, atan, softsign, sin, softplus, gelu, swish, "
    "elu, signed_power";

/// Relative distance below which q alpha and alpha' are the same number, written in decimals.
constexpr double same_index = 1e-14;

[[noreturn]] void fail(const HeavyNetwork& network, const std::string& pointer, const std::string& message) {
    throw base::InputError(base::at_pointer(network.file, pointer), message);
}

HeavyLayer dense_layer(const network::Dense& dense, const HeavyNetwork& network, const std::string& pointer,
                       std::optional<double> alpha, ScaleMeaning meaning) {
    if (!dense.weight.empty() || !dense.bias.empty())
        fail(network, pointer + (dense.weight.empty() ? "/bias" : "/weight"),
             "a trained network has no limit; expected an architecture");
    if (dense.node_variances) fail(network, pointer + "/node_variances", "is not supported here; expected none");
    HeavyLayer layer;
    layer.pointer = pointer;
    layer.width = dense.width;
    const network::WeightFamily family = dense.weights.value_or(network::WeightFamily{});
    const std::optional<double> wanted = dense.alpha ? dense.alpha : alpha;
    const auto made = make_weight_law(family.family, family.parameters, wanted);
    if (const auto* problem = std::get_if<WeightProblem>(&made)) {
        if (problem->parameter == "alpha" && !wanted && !family.parameters.contains("alpha"))
            fail(network, pointer + "/alpha", "missing; expected the layer's stability index here or as --alpha");
        fail(network, pointer + "/weights/" + (problem->parameter.empty() ? "family" : problem->parameter),
             problem->message);
    }
    layer.weights = std::get<WeightLaw>(made);
    layer.alpha = limit_index(layer.weights);
    if (dense.alpha && *dense.alpha != layer.alpha)
        fail(network, pointer + "/alpha",
             base::number_text(*dense.alpha) + " is not the index of " + family.family + ", " +
                 base::number_text(layer.alpha) + "; expected the same, or none");
    const double unit = scale_unit(layer.alpha, meaning);
    layer.sigma_w = unit * dense.sigma_w;
    layer.sigma_b = unit * dense.sigma_b;
    return layer;
}

} // namespace

Growth growth_of(const network::Activation& activation, const std::string& place) {
    const auto& v = activation.parameters;
    switch (activation.kind) {
    case ActivationKind::identity:
        return {1, -1, 1, false, true};
    case ActivationKind::abs:
        return {1, 1, 1, false, true};
    case ActivationKind::relu:
        return {1, 0, 1, false, true};
    case ActivationKind::leaky_relu:
        return {1, -v[0], 1, false, true};
    case ActivationKind::softplus:
    case ActivationKind::gelu:
    case ActivationKind::swish:
    case ActivationKind::elu:
        return {1, 0, 1};
    case ActivationKind::sign:
        return {0, -1, 1, false, true};
    case ActivationKind::tanh:
    case ActivationKind::hardtanh:
    case ActivationKind::softsign:
        return {0, -1, 1};
    case ActivationKind::erf: {
        const double end = v[1] > 0 ? v[0] : v[1] < 0 ? -v[0] : 0.0;
        return {0, v[2] - end, v[2] + end};
    }
    case ActivationKind::sigmoid:
        return {0, 0, 1};
    case ActivationKind::atan:
        return {0, -std::numbers::pi / 2, std::numbers::pi / 2};
    case ActivationKind::sin:
        return {0, 0, 0, true};
    case ActivationKind::signed_power:
        return {v[0], -1, 1, false, true};
    case ActivationKind::expression:
        throw base::InputError(place,
                               std::string("expressions are not supported; expected one of ") + known_activations);
    default:
        throw base::InputError(place, base::quoted(network::activation_name(activation)) +
                                          " is not supported; expected one of " + known_activations);
    }
}

double scale_unit(double alpha, ScaleMeaning meaning) {
    return meaning == ScaleMeaning::standard_deviation && alpha == 2 ? 1 / std::numbers::sqrt2 : 1.0;
}

HeavyNetwork heavy_network(const network::Network& network, std::optional<double> alpha, ScaleMeaning meaning) {
    HeavyNetwork heavy;
    heavy.file = network.file;
    heavy.unit_input = network.unit_input;
    if (network.standard) fail(heavy, "/parameterization", "standard is not supported; expected ntk");
    if (network.input_shape) fail(heavy, "/input_shape", "images are not supported; expected dense layers alone");
    for (std::size_t i = 0; i < network.layers.size(); ++i) {
        const std::string pointer = "/layers/" + std::to_string(i);
        if (i % 2 == 0) {
            const auto* dense = std::get_if<network::Dense>(&network.layers[i].value);
            if (dense == nullptr) fail(heavy, pointer, "this layer is not supported here; expected dense");
            HeavyLayer layer = dense_layer(*dense, heavy, pointer + "/dense", alpha, meaning);
            if (i > 0) {
                const auto& phi = std::get<network::ActivationLayer>(network.layers[i - 1].value).activation;
                layer.growth =
                    growth_of(phi, base::at_pointer(heavy.file, "/layers/" + std::to_string(i - 1) + "/activation"));
                layer.activation = network::BlockActivation(phi);
            }
            heavy.layers.push_back(std::move(layer));
        } else if (!std::holds_alternative<network::ActivationLayer>(network.layers[i].value)) {
            fail(heavy, pointer, "this layer is not supported here; expected an activation");
        }
    }
    return heavy;
}

void apply_activation(const HeavyLayer& layer, double* values, std::size_t count) {
    constexpr double largest = std::numeric_limits<double>::max();
    for (std::size_t i = 0; i < count; ++i)
        values[i] = std::isnan(values[i]) ? 0.0 : std::clamp(values[i], -largest, largest);
    layer.activation.evaluate<double>(values, values, nullptr, nullptr, count);
}

void require_stable_input_layer(const HeavyNetwork& network) {
    const HeavyLayer& first = network.layers.front();
    if (std::holds_alternative<StableWeight>(first.weights) || std::holds_alternative<GaussianWeight>(first.weights))
        return;
    fail(network, first.pointer + "/weights/family",
         std::string(family_name(first.weights)) +
             " weights in layer 1 are not supported; expected stable or gaussian, under which the layer is stable");
}

std::string_view regime_name(Regime regime) {
    switch (regime) {
    case Regime::input:
        return "input";
    case Regime::regular:
        return "regular";
    case Regime::critical:
        return "critical";
    case Regime::super:
        break;
    }
    return "super";
}

Regime regime_of(const HeavyNetwork& network, std::size_t layer) {
    if (layer == 0) return Regime::input;
    const double before = network.layers[layer - 1].alpha;
    if (before == 2) return Regime::regular;
    const HeavyLayer& here = network.layers[layer];
    const double reached = here.growth.power * here.alpha;
    if (std::abs(reached - before) <= same_index * before) return Regime::critical;
    return reached < before ? Regime::regular : Regime::super;
}

std::string explain(const HeavyNetwork& network, std::size_t layer) {
    const HeavyLayer& here = network.layers.at(layer);
    const std::string before = base::number_text(network.layers.at(layer - 1).alpha);
    const std::string number = "layer " + std::to_string(layer + 1) + ": ";
    const std::string why = "E|phi(Z)|^" + base::number_text(here.alpha) + " is infinite for phi of growth " +
                            base::number_text(here.growth.power) + " and Z of index " + before;
    if (regime_of(network, layer) == Regime::critical)
        return number + "critical: " + why +
               "; the sum is normed by a_n (log n)^(1/alpha), and at n = 1e6 it is still "
               "off by tens of percent";
    return number + "super-linear: " + why + "; no limit with independent nodes exists";
}

} // namespace limsym::stable
