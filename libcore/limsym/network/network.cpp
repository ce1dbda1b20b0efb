#include "limsym/network/network.hpp"

#include <type_traits>
#include <utility>

#include "limsym/base/error.hpp"

namespace limsym::network {

namespace {

/// Calls use(layer) for every affine layer but the readout, which is the network's last layer; `skip_last` says that
/// this list ends with it.
template <typename Layers, typename Use>
void for_each_hidden_affine(Layers& layers, bool skip_last, const Use& use) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const bool readout = skip_last && i + 1 == layers.size();
        std::visit(
            [&](auto& layer) {
                using Kind = std::decay_t<decltype(layer)>;
                if constexpr (std::is_same_v<Kind, Dense> || std::is_same_v<Kind, Convolution>) {
                    if (!readout) use(layer);
                } else if constexpr (std::is_same_v<Kind, Residual>) {
                    for_each_hidden_affine(layer.branch, false, use);
                    for_each_hidden_affine(layer.shortcut, false, use);
                } else if constexpr (std::is_same_v<Kind, Repeat>) {
                    for_each_hidden_affine(layer.layers, false, use);
                }
            },
            layers[i].value);
    }
}

} // namespace

Network make_network(const Shorthand& shorthand) {
    Network network;
    network.file = "--activation";
    const auto dense = [&](double sigma_w, double sigma_b) {
        Dense layer;
        layer.sigma_w = sigma_w;
        layer.sigma_b = sigma_b;
        layer.has_bias = sigma_b != 0.0;
        return layer;
    };
    Dense hidden = dense(shorthand.sigma_w, shorthand.sigma_b);
    hidden.width = shorthand.width;
    for (std::size_t i = 0; i < shorthand.depth; ++i) {
        network.layers.emplace_back().value = hidden;
        network.layers.emplace_back().value = ActivationLayer{shorthand.activation};
    }
    network.layers.emplace_back().value = dense(shorthand.readout_sigma_w, shorthand.readout_sigma_b);
    return network;
}

Network with_scales(const Network& network, std::optional<double> sigma_w, std::optional<double> sigma_b) {
    Network scaled = network;
    for_each_hidden_affine(scaled.layers, true, [&](auto& layer) {
        if (sigma_w) layer.sigma_w = *sigma_w;
        if (!sigma_b) return;
        layer.sigma_b = *sigma_b;
        layer.has_bias = *sigma_b != 0.0;
    });
    return scaled;
}

std::vector<AffineScales> hidden_scales(const Network& network) {
    std::vector<AffineScales> scales;
    for_each_hidden_affine(network.layers, true, [&](const auto& layer) {
        scales.push_back({layer.sigma_w, layer.sigma_b});
    });
    return scales;
}

bool readout_has_bias(const Network& network) {
    if (network.layers.empty()) return false;
    const auto* dense = std::get_if<Dense>(&network.layers.back().value);
    if (dense != nullptr) return network.standard ? dense->has_bias : dense->sigma_b != 0.0;
    const auto* conv = std::get_if<Convolution>(&network.layers.back().value);
    return conv != nullptr && (network.standard ? conv->has_bias : conv->sigma_b != 0.0);
}

} // namespace limsym::network
