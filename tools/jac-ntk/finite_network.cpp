#include "finite_network.hpp"

#include <algorithm>
#include <variant>

#include "limsym/base/error.hpp"

namespace limsym::tools {

namespace {

constexpr const char* tool = "jac-ntk";

std::string place_of(const network::Network& network, std::size_t layer, const std::string& key) {
    return base::at_pointer(network.file, "/layers/" + std::to_string(layer) + "/dense" + key);
}

void check_layers(const network::Network& network) {
    for (std::size_t l = 0; l < network.layers.size(); ++l) {
        const auto* dense = std::get_if<network::Dense>(&network.layers[l].value);
        if (dense == nullptr) continue;
        const std::string place = place_of(network, l, "");
        if (dense->weight.empty())
            throw base::InputError(place, "has no weight; expected the weights of a finite network, or --width");
        if (dense->sigma_b > 0 && dense->bias.empty())
            throw base::InputError(place, "has sigma_b and no bias; expected a bias of " +
                                              std::to_string(dense->weight.n_rows) + " numbers");
        if (l + 1 == network.layers.size() && dense->weight.n_rows != 1)
            throw base::InputError(place + "/weight", std::to_string(dense->weight.n_rows) +
                                                          " rows; expected 1, jac-ntk takes networks with one output");
    }
}

} // namespace

std::optional<std::size_t> FiniteNetwork::width() const {
    const std::size_t first = shape.stages.front().outputs;
    const bool same = std::all_of(shape.stages.begin(), shape.stages.end() - 1,
                                  [&](const network::Stage& stage) { return stage.outputs == first; });
    return same ? std::optional(first) : std::nullopt;
}

bool has_weights(const network::Network& network) {
    return std::any_of(network.layers.begin(), network.layers.end(), [](const network::Layer& layer) {
        const auto* dense = std::get_if<network::Dense>(&layer.value);
        return dense != nullptr && !dense->weight.empty();
    });
}

kernel::JacobianNetwork smooth_limit(const network::Network& network, std::size_t features) {
    kernel::JacobianNetwork limit = kernel::make_jacobian_network(network, features);
    kernel::require_jacobian_ntk(limit);
    return limit;
}

FiniteNetwork given_network(const network::Network& network, std::size_t features, const std::string& points) {
    FiniteNetwork result{network, smooth_limit(network, features), {}, {}};
    check_layers(network);
    result.shape = network::make_trained_perceptron(network, tool);
    if (result.shape.inputs() != features)
        throw base::InputError(points, std::to_string(features) + " columns; expected " +
                                           std::to_string(result.shape.inputs()) + ", the inputs of " + network.file);
    result.parameters = network::parameters_of(network, result.shape);
    return result;
}

FiniteNetwork drawn_network(const network::Network& network, std::size_t features, std::optional<std::size_t> width,
                            std::uint64_t seed) {
    FiniteNetwork result{network, smooth_limit(network, features), {}, {}};
    result.shape = network::make_perceptron(network, {.inputs = features, .width = width, .outputs = 1, .user = tool});
    result.parameters = network::nested_parameters(result.shape, seed);
    return result;
}

} // namespace limsym::tools
