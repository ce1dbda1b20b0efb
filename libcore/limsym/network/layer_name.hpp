// What documents call a layer.
#pragma once

#include <string>

#include "limsym/network/network.hpp"

namespace limsym::network {

/// "dense", "conv", ...: the key of the layer in limsym/network@1.
[[nodiscard]] std::string layer_name(const Layer& layer);

} // namespace limsym::network
