// limsym/network@1: reading with checks.
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/network/image_shape.hpp"
#include "limsym/network/network.hpp"

namespace limsym::network {

namespace {

constexpr std::size_t most_layers = 100'000;
constexpr std::size_t deepest = 64;
constexpr long long longest_side = 1'000'000;

bool positive(double value) {
    return value > 0;
}
bool not_negative(double value) {
    return value >= 0;
}

std::array<std::size_t, 2> read_pair(data::ObjectReader& reader, const std::string& key,
                                     std::optional<std::array<std::size_t, 2>> absent) {
    if (reader.find(key) == nullptr) {
        if (absent) return *absent;
        reader.fail(key, "is missing; expected two whole numbers");
    }
    const std::vector<double> numbers = reader.numbers(key);
    const auto whole = [](double v) { return v >= 1 && v <= longest_side && v == std::floor(v); };
    if (numbers.size() != 2 || !whole(numbers[0]) || !whole(numbers[1]))
        reader.fail(key, "expected two whole numbers >= 1");
    return {static_cast<std::size_t>(numbers[0]), static_cast<std::size_t>(numbers[1])};
}

Padding read_padding(data::ObjectReader& reader, const std::string& absent) {
    const std::string name = reader.choice("padding", {"SAME", "VALID", "CIRCULAR"}, absent);
    return name == "SAME" ? Padding::same : name == "VALID" ? Padding::valid : Padding::circular;
}

template <typename Affine>
void read_scales(data::ObjectReader& reader, Affine& layer, bool zero_weights = false) {
    layer.sigma_w =
        reader.number("sigma_w", 1.0, zero_weights ? not_negative : positive, zero_weights ? ">= 0" : "> 0");
    const std::optional<double> sigma_b = reader.optional_number("sigma_b", not_negative, ">= 0");
    layer.sigma_b = sigma_b.value_or(0.0);
    layer.has_bias = sigma_b.has_value();
    if (reader.has("width"))
        layer.width = static_cast<std::size_t>(reader.integer("width", std::nullopt, 1, 1'000'000'000));
}

void read_weights(data::ObjectReader& reader, Dense& layer) {
    if (const data::Json* rows = reader.find("weight")) {
        if (!rows->is_array() || rows->empty()) reader.fail("weight", "expected an array of rows");
        const std::size_t columns = rows->front().is_array() ? rows->front().size() : 0;
        layer.weight.set_size(rows->size(), columns);
        for (std::size_t i = 0; i < rows->size(); ++i) {
            const data::Json& row = (*rows)[i];
            const std::string place =
                base::at_pointer(reader.file(), reader.pointer_to("weight") + "/" + std::to_string(i));
            if (!row.is_array() || row.size() != columns || columns == 0)
                throw base::InputError(place, "expected an array of " + std::to_string(columns) + " numbers");
            for (std::size_t j = 0; j < columns; ++j) {
                if (!row[j].is_number()) throw base::InputError(place + "/" + std::to_string(j), "expected a number");
                layer.weight(i, j) = row[j].get<double>();
            }
        }
    }
    if (reader.find("bias") != nullptr) {
        const std::vector<double> bias = reader.numbers("bias");
        layer.bias = arma::vec(bias);
        if (!layer.weight.empty() && bias.size() != layer.weight.n_rows)
            reader.fail("bias", std::to_string(bias.size()) + " numbers; expected " +
                                    std::to_string(layer.weight.n_rows) + ", one for each row of weight");
    }
}

void read_node_variances(data::ObjectReader& reader, const std::string& file, Dense& layer) {
    const data::Json* given = reader.find("node_variances");
    if (given == nullptr) return;
    data::ObjectReader nodes(*given, file, reader.pointer_to("node_variances"));
    NodeVariances& variances = layer.node_variances.emplace();
    variances.prior = nodes.string("prior", "");
    if (nodes.find("values") != nullptr) {
        variances.values = nodes.numbers("values");
        for (std::size_t j = 0; j < variances.values.size(); ++j)
            if (!(variances.values[j] > 0.0))
                throw base::InputError(base::at_pointer(file, nodes.pointer_to("values") + "/" + std::to_string(j)),
                                       base::number_text(variances.values[j]) +
                                           " is out of range; expected a variance > 0");
        if (!layer.weight.empty() && variances.values.size() != layer.weight.n_cols)
            nodes.fail("values", std::to_string(variances.values.size()) + " numbers; expected " +
                                     std::to_string(layer.weight.n_cols) + ", one for each column of weight");
    }
    nodes.finish();
}

void read_stability(data::ObjectReader& reader, Dense& layer) {
    layer.alpha = reader.optional_number(
        "alpha", [](double v) { return v >= 0.02 && v <= 2; }, "0.02 <= alpha <= 2");
    const data::Json* law = reader.find("weights");
    if (law == nullptr) return;
    layer.weights.emplace();
    data::ObjectReader keys(*law, reader.file(), reader.pointer_to("weights"));
    layer.weights->family = keys.string("family", layer.weights->family);
    // which parameters a family has is known where the families are
    for (const auto& [name, value] : law->items())
        if (name != "family") layer.weights->parameters[name] = keys.number(name, std::nullopt);
}

class NetworkReader {
public:
    NetworkReader(std::string file, DenseKeys keys) : file_(std::move(file)), keys_(keys) {}

    std::vector<Layer> layers(const data::Json& list, const std::string& pointer, std::size_t level) {
        if (level > deepest) throw base::InputError(base::at_pointer(file_, pointer), "more than 64 levels of nesting");
        if (!list.is_array()) throw base::InputError(base::at_pointer(file_, pointer), "expected an array of layers");
        std::vector<Layer> result;
        result.reserve(list.size());
        for (std::size_t i = 0; i < list.size(); ++i)
            result.push_back(layer(list[i], pointer + "/" + std::to_string(i), level));
        return result;
    }

private:
    using Read = std::function<Layer(const data::Json&, const std::string& pointer, std::size_t level)>;

    Layer layer(const data::Json& value, const std::string& pointer, std::size_t level) {
        const std::string place = base::at_pointer(file_, pointer);
        std::string name;
        data::Json parameters = data::Json::object();
        const data::Json* given = &parameters;
        if (value.is_string()) {
            name = value.get<std::string>();
        } else if (value.is_object() && value.size() == 1) {
            name = value.begin().key();
            given = &value.begin().value();
        } else {
            throw base::InputError(place, "expected the name of a layer, or an object with that one key");
        }
        const auto found = readers().find(name);
        if (found == readers().end()) {
            std::vector<std::string> names;
            for (const auto& [known, read] : readers())
                names.push_back(known);
            throw base::InputError(place, "unknown layer " + base::quoted(name) + base::did_you_mean(name, names) +
                                              "; expected one of " + base::join(names));
        }
        return found->second(*given, pointer + "/" + name, level);
    }

    [[nodiscard]] data::ObjectReader object(const data::Json& value, const std::string& pointer) const {
        return {value, file_, pointer};
    }

    const std::map<std::string, Read>& readers() {
        if (!readers_.empty()) return readers_;
        readers_["dense"] = [this](const data::Json& value, const std::string& pointer, std::size_t) {
            auto reader = object(value, pointer);
            Dense layer;
            read_scales(reader, layer, keys_.stable);
            if (keys_.stable) read_stability(reader, layer);
            read_weights(reader, layer);
            read_node_variances(reader, file_, layer);
            reader.finish();
            return Layer{std::move(layer)};
        };
        readers_["conv"] = [this](const data::Json& value, const std::string& pointer, std::size_t) {
            auto reader = object(value, pointer);
            Convolution layer;
            layer.kernel = read_pair(reader, "kernel", std::nullopt);
            layer.stride = read_pair(reader, "stride", std::array<std::size_t, 2>{1, 1});
            layer.padding = read_padding(reader, "SAME");
            read_scales(reader, layer);
            static_cast<void>(reader.find("weight"));
            static_cast<void>(reader.find("bias"));
            reader.finish();
            return Layer{layer};
        };
        readers_["activation"] = [this](const data::Json& value, const std::string& pointer, std::size_t) {
            Layer layer;
            layer.value.emplace<ActivationLayer>().activation = read_activation(value, file_, pointer);
            return layer;
        };
        readers_["layer_norm"] = [this](const data::Json& value, const std::string& pointer, std::size_t) {
            auto reader = object(value, pointer);
            LayerNorm layer;
            layer.all_axes = reader.choice("axes", {"channel", "all"}, "channel") == "all";
            layer.eps = reader.number("eps", 1e-12, not_negative, ">= 0");
            reader.finish();
            return Layer{layer};
        };
        readers_["dropout"] = [this](const data::Json& value, const std::string& pointer, std::size_t) {
            auto reader = object(value, pointer);
            Dropout layer;
            layer.keep = reader.number(
                "keep", std::nullopt, [](double v) { return v > 0 && v <= 1; }, "0 < keep <= 1");
            reader.finish();
            return Layer{layer};
        };
        readers_["residual"] = [this](const data::Json& value, const std::string& pointer, std::size_t level) {
            auto reader = object(value, pointer);
            Residual layer;
            layer.branch = layers(reader.at("branch"), reader.pointer_to("branch"), level + 1);
            if (const data::Json* shortcut = reader.find("shortcut"))
                layer.shortcut = layers(*shortcut, reader.pointer_to("shortcut"), level + 1);
            reader.finish();
            return Layer{std::move(layer)};
        };
        for (const bool sum : {false, true}) {
            readers_[sum ? "sum_pool" : "avg_pool"] = [this, sum](const data::Json& value, const std::string& pointer,
                                                                  std::size_t) {
                auto reader = object(value, pointer);
                Pool layer;
                layer.sum = sum;
                layer.window = read_pair(reader, "window", std::nullopt);
                layer.stride = read_pair(reader, "stride", std::array<std::size_t, 2>{1, 1});
                layer.padding = read_padding(reader, "VALID");
                reader.finish();
                return Layer{layer};
            };
        }
        readers_["flatten"] = [this](const data::Json& value, const std::string& pointer, std::size_t) {
            object(value, pointer).finish();
            return Layer{Flatten{}};
        };
        readers_["global_avg_pool"] = [this](const data::Json& value, const std::string& pointer, std::size_t) {
            object(value, pointer).finish();
            return Layer{GlobalAveragePool{}};
        };
        readers_["repeat"] = [this](const data::Json& value, const std::string& pointer, std::size_t level) {
            auto reader = object(value, pointer);
            Repeat layer;
            layer.times =
                static_cast<std::size_t>(reader.integer("times", std::nullopt, 1, static_cast<long long>(most_layers)));
            layer.layers = layers(reader.at("layers"), reader.pointer_to("layers"), level + 1);
            reader.finish();
            return Layer{std::move(layer)};
        };
        readers_["attention"] = [this](const data::Json& value, const std::string& pointer, std::size_t) {
            auto reader = object(value, pointer);
            Attention layer;
            layer.sigma_q = reader.number("sigma_q", 1.0, positive, "> 0");
            layer.sigma_k = reader.number("sigma_k", 1.0, positive, "> 0");
            layer.sigma_v = reader.number("sigma_v", 1.0, positive, "> 0");
            layer.sigma_o = reader.number("sigma_o", 1.0, positive, "> 0");
            layer.sigma_b = reader.number("sigma_b", 0.0, not_negative, ">= 0");
            const std::string scaling = reader.choice("scaling", {"linear", "sqrt"}, "linear");
            if (scaling == "sqrt")
                reader.fail("scaling", "sqrt-scaled attention has no closed form; expected linear (logits / d_key)");
            const std::string mechanism = reader.choice("mechanism", {"softmax", "identity", "relu", "abs"}, "softmax");
            layer.mechanism = mechanism == "softmax"    ? AttentionMechanism::softmax
                              : mechanism == "identity" ? AttentionMechanism::identity
                              : mechanism == "relu"     ? AttentionMechanism::relu
                                                        : AttentionMechanism::abs;
            reader.finish();
            return Layer{layer};
        };
        return readers_;
    }

    std::string file_;
    DenseKeys keys_;
    std::map<std::string, Read> readers_;
};

// What a layer finds: walked through once for every layer, repeats written out.
class StateChecker {
public:
    explicit StateChecker(const Network& network) : network_(network) {
        if (network.input_shape) {
            state_.height = (*network.input_shape)[0];
            state_.width = (*network.input_shape)[1];
        }
    }

    void run() {
        if (network_.layers.empty()) no_readout("there are no layers");
        layers(network_.layers, "/layers", true);
        const Layer& last = network_.layers.back();
        if (!std::holds_alternative<Dense>(last.value) && !std::holds_alternative<Convolution>(last.value))
            no_readout("the last layer is no readout");
        if (state_.height * state_.width != 1)
            no_readout("the network ends with " + std::to_string(state_.height * state_.width) +
                       " positions; expected one (flatten or global_avg_pool before the readout)");
    }

private:
    struct State {
        std::size_t height = 1;
        std::size_t width = 1;
        bool gaussian = false;
        bool input = true;
        bool flat = false; // flattened or pooled to one position
    };

    [[noreturn]] void fail(const std::string& pointer, const std::string& what) const {
        throw base::InputError(base::at_pointer(network_.file, pointer), what);
    }
    [[noreturn]] void no_readout(const std::string& what) const {
        fail("/layers", what + "; expected a dense readout as the last layer");
    }

    void layers(const std::vector<Layer>& list, const std::string& pointer, bool top) {
        for (std::size_t i = 0; i < list.size(); ++i) {
            if (++count_ > most_layers) fail("/layers", "more than 100000 layers, repeats written out");
            const bool last = top && i + 1 == list.size();
            std::visit([&](const auto& layer) { check(layer, pointer + "/" + std::to_string(i), last); },
                       list[i].value);
        }
    }

    void affine(const std::optional<std::size_t>& width, const std::string& pointer, bool last) {
        if (network_.standard && !width && !last)
            fail(pointer, "width is missing; standard parameterization needs it on every layer but the last");
        state_.gaussian = true;
        state_.input = false;
    }
    void need_gaussian(const std::string& pointer, const std::string& name) const {
        if (state_.input) fail(pointer, name + " before any affine layer; expected dense or conv first");
        if (!state_.gaussian) fail(pointer, name + " after an activation; expected dense or conv between them");
    }
    void need_image(const std::string& pointer, const std::string& name) const {
        if (!network_.input_shape) fail(pointer, name + " needs input_shape [H,W,C] in the network");
        if (state_.flat) fail(pointer, name + " after flatten or global_avg_pool; expected it while there is an image");
    }
    void slide(const std::array<std::size_t, 2>& window, const std::array<std::size_t, 2>& stride, Padding padding,
               const std::string& pointer) {
        const auto rows = axis_windows(state_.height, window[0], stride[0], padding);
        const auto columns = axis_windows(state_.width, window[1], stride[1], padding);
        if (!rows || !columns)
            fail(pointer, "a window of " + std::to_string(window[0]) + "x" + std::to_string(window[1]) +
                              " on an image of " + std::to_string(state_.height) + "x" + std::to_string(state_.width) +
                              "; expected no larger (padding VALID)");
        state_.height = rows->count;
        state_.width = columns->count;
    }

    void check(const Dense& layer, const std::string& pointer, bool last) {
        if (layer.node_variances && state_.input)
            fail(pointer + "/dense/node_variances", "the first dense layer is fed by the inputs; expected none here");
        const std::optional<std::size_t> rows =
            layer.weight.empty() ? std::nullopt : std::optional<std::size_t>(layer.weight.n_rows);
        affine(layer.width ? layer.width : rows, pointer + "/dense", last);
    }
    void check(const Convolution& layer, const std::string& pointer, bool last) {
        need_image(pointer + "/conv", "conv");
        slide(layer.kernel, layer.stride, layer.padding, pointer + "/conv/kernel");
        affine(layer.width, pointer + "/conv", last);
    }
    void check(const ActivationLayer&, const std::string& pointer, bool) {
        need_gaussian(pointer, "an activation");
        state_.gaussian = false;
    }
    void check(const LayerNorm&, const std::string& pointer, bool) { need_gaussian(pointer, "layer_norm"); }
    void check(const Dropout&, const std::string& pointer, bool) {
        if (state_.input) fail(pointer, "dropout as the first layer; expected dense or conv first");
    }
    void check(const Residual& layer, const std::string& pointer, bool) {
        const State before = state_;
        layers(layer.branch, pointer + "/residual/branch", false);
        const State branch = state_;
        state_ = before;
        layers(layer.shortcut, pointer + "/residual/shortcut", false);
        const std::string place = pointer + "/residual";
        if (!branch.gaussian) fail(place + "/branch", "does not end with an affine layer; expected dense or conv last");
        if (!state_.gaussian)
            fail(place + (layer.shortcut.empty() ? "" : "/shortcut"),
                 "the shortcut is not affine; expected it to start after, or end with, dense or conv");
        state_.flat = state_.flat || branch.flat;
        if (branch.height != state_.height || branch.width != state_.width)
            fail(place, "branch and shortcut end with images of " + std::to_string(branch.height) + "x" +
                            std::to_string(branch.width) + " and " + std::to_string(state_.height) + "x" +
                            std::to_string(state_.width) + "; expected the same");
    }
    void check(const Pool& layer, const std::string& pointer, bool) {
        const std::string name = layer.sum ? "sum_pool" : "avg_pool";
        need_image(pointer + "/" + name, name);
        slide(layer.window, layer.stride, layer.padding, pointer + "/" + name + "/window");
    }
    void check(const Flatten&, const std::string&, bool) { flatten(); }
    void check(const GlobalAveragePool&, const std::string& pointer, bool) {
        need_image(pointer, "global_avg_pool");
        flatten();
    }
    void flatten() {
        state_.height = state_.width = 1;
        state_.flat = true;
    }
    void check(const Attention&, const std::string& pointer, bool) {
        need_image(pointer + "/attention", "attention");
        need_gaussian(pointer, "attention");
    }
    void check(const Repeat& layer, const std::string& pointer, bool) {
        for (std::size_t k = 0; k < layer.times; ++k)
            layers(layer.layers, pointer + "/repeat/layers", false);
    }

    const Network& network_;
    State state_;
    std::size_t count_ = 0;
};

} // namespace

Network read_network(const data::Json& document, const std::string& file, DenseKeys keys) {
    data::ObjectReader reader(document, file, "");
    Network network;
    network.file = file;
    reader.schema("limsym/network@1");
    network.standard = reader.choice("parameterization", {"ntk", "standard"}, "ntk") == "standard";
    network.unit_input = reader.choice("input_scale", {"fan_in", "unit"}, "fan_in") == "unit";
    if (reader.find("input_shape") != nullptr) {
        const std::vector<double> shape = reader.numbers("input_shape");
        const auto whole = [](double v) { return v >= 1 && v <= longest_side && v == std::floor(v); };
        if (shape.size() != 3 || !whole(shape[0]) || !whole(shape[1]) || !whole(shape[2]))
            reader.fail("input_shape", "expected three whole numbers [H,W,C] >= 1");
        network.input_shape = std::array<std::size_t, 3>{
            static_cast<std::size_t>(shape[0]), static_cast<std::size_t>(shape[1]), static_cast<std::size_t>(shape[2])};
    }
    network.layers = NetworkReader(file, keys).layers(reader.at("layers"), "/layers", 1);
    reader.finish();
    StateChecker(network).run();
    return network;
}

Network read_network_file(const std::string& file, DenseKeys keys) {
    return read_network(data::read_json(file), file, keys);
}

} // namespace limsym::network
