#include "limsym/network/layer_name.hpp"

namespace limsym::network {

std::string layer_name(const Layer& layer) {
    struct Names {
        std::string operator()(const Convolution&) const { return "conv"; }
        std::string operator()(const LayerNorm&) const { return "layer_norm"; }
        std::string operator()(const Dropout&) const { return "dropout"; }
        std::string operator()(const Residual&) const { return "residual"; }
        std::string operator()(const Pool& pool) const { return pool.sum ? "sum_pool" : "avg_pool"; }
        std::string operator()(const Flatten&) const { return "flatten"; }
        std::string operator()(const GlobalAveragePool&) const { return "global_avg_pool"; }
        std::string operator()(const Attention&) const { return "attention"; }
        std::string operator()(const Dense&) const { return "dense"; }
        std::string operator()(const ActivationLayer&) const { return "activation"; }
        std::string operator()(const Repeat&) const { return "repeat"; }
    };
    return std::visit(Names{}, layer.value);
}

} // namespace limsym::network
