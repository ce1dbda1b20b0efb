#include "limsym/mixture/architecture.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "limsym/base/error.hpp"

namespace limsym::mixture {

namespace {

using network::ActivationKind;

bool supported(const network::Activation& activation) {
    switch (activation.kind) {
    case ActivationKind::relu:
    case ActivationKind::erf:
    case ActivationKind::tanh:
    case ActivationKind::identity:
    case ActivationKind::leaky_relu:
    case ActivationKind::sigmoid:
    case ActivationKind::gelu:
    case ActivationKind::softplus:
    case ActivationKind::sin:
    case ActivationKind::abs:
        return true;
    default:
        return false;
    }
}

/// Dense layers, and the activations between them, in order.
struct Walk {
    struct DenseLayer {
        network::Dense layer;
        std::string pointer;
    };
    const std::string& file;
    std::vector<DenseLayer> dense;
    std::vector<network::Activation> activations; ///< before each dense layer but the first

    void layers(const std::vector<network::Layer>& list, const std::string& pointer) {
        for (std::size_t i = 0; i < list.size(); ++i)
            layer(list[i], pointer + "/" + std::to_string(i));
    }
    void layer(const network::Layer& layer, const std::string& pointer) {
        if (const auto* affine = std::get_if<network::Dense>(&layer.value)) {
            if (!dense.empty() && activations.size() < dense.size())
                activations.push_back({ActivationKind::identity, {}, "", {}});
            dense.push_back({*affine, pointer + "/dense"});
        } else if (const auto* nonlinear = std::get_if<network::ActivationLayer>(&layer.value)) {
            if (!supported(nonlinear->activation))
                throw base::InputError(base::at_pointer(file, pointer + "/activation"),
                                       "this activation is not supported; expected one of " +
                                           base::join(supported_activations()));
            activations.push_back(nonlinear->activation);
        } else if (const auto* repeat = std::get_if<network::Repeat>(&layer.value)) {
            for (std::size_t k = 0; k < repeat->times; ++k)
                layers(repeat->layers, pointer + "/repeat/layers");
        } else {
            throw base::InputError(base::at_pointer(file, pointer),
                                   "this layer is not supported; expected dense and activation layers only");
        }
    }
};

} // namespace

bool Architecture::all_relu() const {
    return std::all_of(hidden.begin(), hidden.end(),
                       [](const HiddenLayer& layer) { return layer.activation.kind == ActivationKind::relu; });
}

const std::vector<std::string>& supported_activations() {
    static const std::vector<std::string> names{"relu",    "erf",  "tanh",     "identity", "leaky_relu",
                                                "sigmoid", "gelu", "softplus", "sin",      "abs"};
    return names;
}

void require_supported_activation(const std::string& text, const std::string& place) {
    const bool name = text.find('{') == std::string::npos;
    const auto& names = supported_activations();
    if (name && std::find(names.begin(), names.end(), text) == names.end())
        throw base::InputError(place, "unknown " + base::quoted(text) + "; known are " + base::join(names) +
                                          base::did_you_mean(text, names));
    if (!supported(network::parse_activation(text, place)))
        throw base::InputError(place, "unknown " + base::quoted(text) + "; known are " + base::join(names));
}

Architecture make_architecture(const network::Network& network, const std::vector<std::string>& priors) {
    Walk walk{network.file, {}, {}};
    walk.layers(network.layers, "/layers");
    const std::size_t depth = walk.dense.size() - 1;
    if (depth == 0)
        throw base::InputError(base::at_pointer(network.file, "/layers"),
                               "there is no hidden layer; expected at least one");
    if (priors.size() > 1 && priors.size() != depth)
        throw base::InputError("--prior", std::to_string(priors.size()) + " priors given; expected 1" +
                                              (depth > 1 ? " or " + std::to_string(depth) : ""));
    std::vector<Prior> parsed;
    for (const std::string& text : priors)
        parsed.push_back(parse_prior(text));

    Architecture result;
    result.sigma_w = walk.dense.front().layer.sigma_w;
    result.sigma_b = walk.dense.front().layer.sigma_b;
    result.unit_input = network.unit_input;
    for (std::size_t l = 0; l < depth; ++l) {
        const Walk::DenseLayer& fed = walk.dense[l + 1];
        HiddenLayer layer;
        layer.activation = walk.activations[l];
        layer.sigma_w = fed.layer.sigma_w;
        layer.sigma_b = fed.layer.sigma_b;
        const auto& variances = fed.layer.node_variances;
        if (variances && !variances->prior.empty()) {
            layer.prior =
                parse_prior(variances->prior, base::at_pointer(network.file, fed.pointer + "/node_variances/prior"));
        } else if (!parsed.empty()) {
            layer.prior = parsed.size() == 1 ? parsed.front() : parsed[l];
        } else {
            throw base::InputError(base::at_pointer(network.file, fed.pointer + "/node_variances"),
                                   "is missing; expected a prior here or --prior EXPR");
        }
        result.hidden.push_back(std::move(layer));
    }
    return result;
}

} // namespace limsym::mixture
