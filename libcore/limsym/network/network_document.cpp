// limsym/network@1: the canonical document.
#include <nlohmann/json.hpp>

#include "limsym/base/hash.hpp"
#include "limsym/network/network.hpp"

namespace limsym::network {

namespace {

using data::Json;

/// What the document holds besides what tells one network from another.
struct Content {
    bool weights = false;
    bool default_scales = false;
};

class NetworkWriter {
public:
    NetworkWriter(bool standard, Content content) : standard_(standard), content_(content) {}

    Json layers(const std::vector<Layer>& list) const {
        Json result = Json::array();
        for (const Layer& layer : list)
            result.push_back(std::visit([&](const auto& value) { return layer_json(value); }, layer.value));
        return result;
    }

private:
    static const char* padding_name(Padding padding) {
        return padding == Padding::same ? "SAME" : padding == Padding::valid ? "VALID" : "CIRCULAR";
    }
    template <typename Affine>
    void put_scales(Json& to, const Affine& layer) const {
        if (content_.default_scales || layer.sigma_w != 1.0) to["sigma_w"] = layer.sigma_w;
        // a bias of scale 0 counts under standard parameterisation only
        if (standard_ ? layer.has_bias : content_.default_scales || layer.sigma_b != 0.0) to["sigma_b"] = layer.sigma_b;
        if (layer.width) to["width"] = *layer.width;
    }
    static Json named(const char* name, Json parameters) { return Json{{name, std::move(parameters)}}; }

    Json layer_json(const Dense& layer) const {
        Json parameters = Json::object();
        put_scales(parameters, layer);
        if (layer.alpha) parameters["alpha"] = *layer.alpha;
        if (layer.weights) {
            Json law{{"family", layer.weights->family}};
            for (const auto& [name, value] : layer.weights->parameters)
                law[name] = value;
            parameters["weights"] = std::move(law);
        }
        if (content_.weights && !layer.weight.empty()) {
            Json rows = Json::array();
            for (std::size_t i = 0; i < layer.weight.n_rows; ++i)
                rows.push_back(arma::conv_to<std::vector<double>>::from(layer.weight.row(i)));
            parameters["weight"] = std::move(rows);
        }
        if (content_.weights && !layer.bias.empty())
            parameters["bias"] = arma::conv_to<std::vector<double>>::from(layer.bias);
        if (layer.node_variances) {
            Json nodes = Json::object();
            if (!layer.node_variances->prior.empty()) nodes["prior"] = layer.node_variances->prior;
            if (content_.weights && !layer.node_variances->values.empty())
                nodes["values"] = layer.node_variances->values;
            parameters["node_variances"] = std::move(nodes);
        }
        return named("dense", std::move(parameters));
    }
    Json layer_json(const Convolution& layer) const {
        Json parameters{{"kernel", layer.kernel}};
        if (layer.stride != std::array<std::size_t, 2>{1, 1}) parameters["stride"] = layer.stride;
        if (layer.padding != Padding::same) parameters["padding"] = padding_name(layer.padding);
        put_scales(parameters, layer);
        return named("conv", std::move(parameters));
    }
    Json layer_json(const ActivationLayer& layer) const { return named("activation", to_json(layer.activation)); }
    Json layer_json(const LayerNorm& layer) const {
        Json parameters = Json::object();
        if (layer.all_axes) parameters["axes"] = "all";
        if (layer.eps != 1e-12) parameters["eps"] = layer.eps;
        return named("layer_norm", std::move(parameters));
    }
    Json layer_json(const Dropout& layer) const { return named("dropout", Json{{"keep", layer.keep}}); }
    Json layer_json(const Residual& layer) const {
        Json parameters{{"branch", layers(layer.branch)}};
        if (!layer.shortcut.empty()) parameters["shortcut"] = layers(layer.shortcut);
        return named("residual", std::move(parameters));
    }
    Json layer_json(const Pool& layer) const {
        Json parameters{{"window", layer.window}};
        if (layer.stride != std::array<std::size_t, 2>{1, 1}) parameters["stride"] = layer.stride;
        if (layer.padding != Padding::valid) parameters["padding"] = padding_name(layer.padding);
        return named(layer.sum ? "sum_pool" : "avg_pool", std::move(parameters));
    }
    Json layer_json(const Flatten&) const { return "flatten"; }
    Json layer_json(const GlobalAveragePool&) const { return "global_avg_pool"; }
    Json layer_json(const Attention& layer) const {
        Json parameters = Json::object();
        const auto put = [&](const char* key, double value, double absent) {
            if (value != absent) parameters[key] = value;
        };
        put("sigma_q", layer.sigma_q, 1.0);
        put("sigma_k", layer.sigma_k, 1.0);
        put("sigma_v", layer.sigma_v, 1.0);
        put("sigma_o", layer.sigma_o, 1.0);
        put("sigma_b", layer.sigma_b, 0.0);
        if (layer.mechanism != AttentionMechanism::softmax)
            parameters["mechanism"] = layer.mechanism == AttentionMechanism::identity ? "identity"
                                      : layer.mechanism == AttentionMechanism::relu   ? "relu"
                                                                                      : "abs";
        return named("attention", std::move(parameters));
    }
    Json layer_json(const Repeat& layer) const {
        return named("repeat", Json{{"times", layer.times}, {"layers", layers(layer.layers)}});
    }

    bool standard_;
    Content content_;
};

Json document(const Network& network, Content content) {
    Json result{{"schema", "limsym/network@1"}, {"parameterization", network.standard ? "standard" : "ntk"}};
    if (network.unit_input) result["input_scale"] = "unit";
    if (network.input_shape) result["input_shape"] = *network.input_shape;
    result["layers"] = NetworkWriter(network.standard, content).layers(network.layers);
    return result;
}

} // namespace

data::Json to_json(const Network& network) {
    return document(network, {.weights = true});
}

data::Json to_json_with_scales(const Network& network) {
    return document(network, {.weights = true, .default_scales = true});
}

std::string network_sha256(const Network& network) {
    return base::sha256_hex(data::to_text(document(network, {})));
}

} // namespace limsym::network
