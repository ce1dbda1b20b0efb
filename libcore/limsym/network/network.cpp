#include "limsym/network/network.hpp"

#include <utility>

#include "limsym/base/error.hpp"

namespace limsym::network {

namespace {

template <class... Visitors>
struct Overloaded : Visitors... {
    using Visitors::operator()...;
};
template <class... Visitors>
Overloaded(Visitors...) -> Overloaded<Visitors...>;

struct Scales {
    std::optional<double> sigma_w;
    std::optional<double> sigma_b;
};

template <typename Affine>
void set_scales(Affine& layer, const Scales& scales) {
    if (scales.sigma_w) layer.sigma_w = *scales.sigma_w;
    if (scales.sigma_b) {
        layer.sigma_b = *scales.sigma_b;
        layer.has_bias = *scales.sigma_b != 0.0;
    }
}

// The readout is the last affine layer that acts; `skip_last` says that this list ends with it.
void set_scales(std::vector<Layer>& layers, const Scales& scales, bool skip_last) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const bool readout = skip_last && i + 1 == layers.size();
        std::visit(Overloaded{[&](Dense& layer) {
                                  if (!readout) set_scales(layer, scales);
                              },
                              [&](Convolution& layer) {
                                  if (!readout) set_scales(layer, scales);
                              },
                              [&](Residual& layer) {
                                  set_scales(layer.branch, scales, false);
                                  set_scales(layer.shortcut, scales, false);
                              },
                              [&](Repeat& layer) { set_scales(layer.layers, scales, false); }, [](auto&) {}},
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
    set_scales(scaled.layers, {sigma_w, sigma_b}, true);
    return scaled;
}

bool readout_has_bias(const Network& network) {
    if (network.layers.empty()) return false;
    const auto* dense = std::get_if<Dense>(&network.layers.back().value);
    if (dense != nullptr) return network.standard ? dense->has_bias : dense->sigma_b != 0.0;
    const auto* conv = std::get_if<Convolution>(&network.layers.back().value);
    return conv != nullptr && (network.standard ? conv->has_bias : conv->sigma_b != 0.0);
}

} // namespace limsym::network
