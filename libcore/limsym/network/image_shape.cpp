#include "limsym/network/image_shape.hpp"

#include <algorithm>
#include <variant>

namespace limsym::network {

namespace {

bool acts_on_images(const std::vector<Layer>& layers) {
    return std::any_of(layers.begin(), layers.end(), [](const Layer& layer) {
        if (const auto* residual = std::get_if<Residual>(&layer.value))
            return acts_on_images(residual->branch) || acts_on_images(residual->shortcut);
        if (const auto* repeat = std::get_if<Repeat>(&layer.value)) return acts_on_images(repeat->layers);
        return std::holds_alternative<Convolution>(layer.value) || std::holds_alternative<Pool>(layer.value) ||
               std::holds_alternative<GlobalAveragePool>(layer.value) || std::holds_alternative<Flatten>(layer.value);
    });
}

} // namespace

std::optional<AxisWindows> axis_windows(std::size_t size, std::size_t window, std::size_t stride, Padding padding) {
    if (padding == Padding::valid) {
        if (window > size) return std::nullopt;
        return AxisWindows{(size - window) / stride + 1, 0};
    }
    const std::size_t count = (size + stride - 1) / stride;
    const std::size_t reach = (count - 1) * stride + window;
    return AxisWindows{count, reach > size ? (reach - size) / 2 : 0};
}

bool acts_on_images(const Network& network) {
    const bool image = network.input_shape && (*network.input_shape)[0] * (*network.input_shape)[1] > 1;
    return image || acts_on_images(network.layers);
}

} // namespace limsym::network
