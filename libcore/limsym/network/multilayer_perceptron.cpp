#include "limsym/network/multilayer_perceptron.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <variant>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/network/layer_name.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::network {

namespace {

// Dense layers and activations in order, repeats written out, with the pointer of each.
struct Flat {
    std::vector<Layer> layers;
    std::vector<std::string> pointers; ///< of the layer and its name ("/layers/2/dense")
};

class Flattener {
public:
    Flattener(const Network& network, const std::string& user) : network_(network), user_(user) {}

    Flat run() {
        add(network_.layers, "/layers");
        return std::move(flat_);
    }

private:
    void add(const std::vector<Layer>& layers, const std::string& pointer) {
        for (std::size_t i = 0; i < layers.size(); ++i) {
            const std::string place = pointer + "/" + std::to_string(i);
            if (const auto* repeat = std::get_if<Repeat>(&layers[i].value)) {
                for (std::size_t k = 0; k < repeat->times; ++k)
                    add(repeat->layers, place + "/repeat/layers");
            } else if (std::holds_alternative<Dense>(layers[i].value)) {
                flat_.layers.push_back(layers[i]);
                flat_.pointers.push_back(place + "/dense");
            } else if (std::holds_alternative<ActivationLayer>(layers[i].value)) {
                flat_.layers.push_back(layers[i]);
                flat_.pointers.push_back(place + "/activation");
            } else {
                throw base::InputError(base::at_pointer(network_.file, place + "/" + layer_name(layers[i])),
                                       user_ + " supports dense and activation layers only");
            }
        }
    }

    const Network& network_;
    const std::string& user_;
    Flat flat_;
};

bool has_bias(const Network& network, const Dense& layer) {
    return network.standard ? layer.has_bias || !layer.bias.empty() : layer.sigma_b > 0;
}

Stage make_stage(const Network& network, const Dense& layer, std::size_t inputs, std::size_t outputs, bool first) {
    Stage stage;
    stage.inputs = inputs;
    stage.outputs = outputs;
    if (!network.standard) {
        const double fan = first && network.unit_input ? 1.0 : static_cast<double>(inputs);
        // node variances take the place of 1 / fan_in
        stage.weight_scale = layer.node_variances ? layer.sigma_w : layer.sigma_w / std::sqrt(fan);
        stage.bias_scale = layer.sigma_b;
    }
    return stage;
}

} // namespace

MultilayerPerceptron make_perceptron(const Network& network, const PerceptronOptions& options) {
    const Flat flat = Flattener(network, options.user).run();
    MultilayerPerceptron shape;
    std::size_t inputs = options.inputs;
    const auto take = [&](std::size_t count) {
        const ParameterRange range{shape.parameters, count};
        shape.parameters += count;
        return range;
    };
    for (std::size_t i = 0; i < flat.layers.size(); ++i) {
        const auto place = [&](const char* key) { return base::at_pointer(network.file, flat.pointers[i] + key); };
        if (const auto* activation = std::get_if<ActivationLayer>(&flat.layers[i].value)) {
            if (shape.stages.empty() || !shape.stages.back().activation.is_identity())
                throw base::InputError(place(""), "expected a dense layer before it");
            shape.stages.back().activation = BlockActivation(activation->activation);
            continue;
        }
        Dense layer = std::get<Dense>(flat.layers[i].value);
        const bool first = shape.stages.empty();
        const bool readout = i + 1 == flat.layers.size();
        if (options.log_variances && !first && !layer.node_variances) layer.node_variances.emplace();
        std::size_t outputs = 1;
        if (!layer.weight.empty()) {
            outputs = layer.weight.n_rows;
            if (layer.weight.n_cols != inputs)
                throw base::InputError(place("/weight"), std::to_string(layer.weight.n_cols) + " columns; expected " +
                                                             std::to_string(inputs));
            if (readout && options.outputs && *options.outputs != outputs)
                throw base::InputError(place("/weight"),
                                       std::to_string(outputs) + " rows; expected " + std::to_string(*options.outputs));
        } else if (readout) {
            outputs = options.outputs.value_or(layer.width.value_or(1));
        } else {
            if (!layer.width && !options.width)
                throw base::InputError(place("/width"), "is missing; " + options.user + " needs it");
            outputs = layer.width.value_or(options.width.value_or(1));
        }
        if (layer.node_variances && !layer.node_variances->values.empty() &&
            layer.node_variances->values.size() != inputs)
            throw base::InputError(place("/node_variances/values"),
                                   std::to_string(layer.node_variances->values.size()) + " numbers; expected " +
                                       std::to_string(inputs));
        Stage stage = make_stage(network, layer, inputs, outputs, first);
        stage.layer = i;
        stage.weight = take(inputs * outputs);
        if (has_bias(network, layer)) stage.bias = take(outputs);
        if (layer.node_variances) stage.log_variance = take(inputs);
        shape.stages.push_back(std::move(stage));
        inputs = outputs;
    }
    return shape;
}

MultilayerPerceptron make_trained_perceptron(const Network& network, const std::string& user) {
    const Flat flat = Flattener(network, user).run();
    std::optional<std::size_t> inputs;
    for (std::size_t i = 0; i < flat.layers.size(); ++i) {
        const auto* layer = std::get_if<Dense>(&flat.layers[i].value);
        if (layer == nullptr) continue;
        if (layer->weight.empty())
            throw base::InputError(base::at_pointer(network.file, flat.pointers[i]),
                                   "has no weight; expected a trained network");
        if (!inputs) inputs = layer->weight.n_cols;
    }
    return make_perceptron(network, {.inputs = inputs.value_or(1), .user = user});
}

std::vector<double> parameters_of(const Network& network, const MultilayerPerceptron& shape) {
    const std::string user = "training";
    const Flat flat = Flattener(network, user).run();
    std::vector<double> parameters(shape.parameters, 0.0);
    for (const Stage& stage : shape.stages) {
        const auto& layer = std::get<Dense>(flat.layers.at(stage.layer).value);
        if (layer.weight.n_elem != stage.weight.count)
            throw std::invalid_argument("parameters_of: a weight has another size than the shape says");
        std::copy(layer.weight.begin(), layer.weight.end(),
                  parameters.begin() + static_cast<std::ptrdiff_t>(stage.weight.begin));
        if (layer.bias.n_elem == stage.bias.count)
            std::copy(layer.bias.begin(), layer.bias.end(),
                      parameters.begin() + static_cast<std::ptrdiff_t>(stage.bias.begin));
        if (stage.log_variance.count > 0 && layer.node_variances && !layer.node_variances->values.empty())
            std::transform(layer.node_variances->values.begin(), layer.node_variances->values.end(),
                           parameters.begin() + static_cast<std::ptrdiff_t>(stage.log_variance.begin),
                           [](double value) { return std::log(value); });
    }
    return parameters;
}

template <typename T>
Network with_parameters(const Network& network, const MultilayerPerceptron& shape, std::span<const T> parameters) {
    if (parameters.size() != shape.parameters)
        throw std::invalid_argument("with_parameters: another number of parameters than the shape says");
    const std::string user = "training";
    Network result = network;
    result.layers = Flattener(network, user).run().layers;
    for (const Stage& stage : shape.stages) {
        auto& layer = std::get<Dense>(result.layers.at(stage.layer).value);
        layer.width = stage.outputs;
        layer.weight.set_size(stage.outputs, stage.inputs);
        std::copy_n(parameters.begin() + static_cast<std::ptrdiff_t>(stage.weight.begin), stage.weight.count,
                    layer.weight.begin());
        layer.bias.set_size(stage.bias.count);
        std::copy_n(parameters.begin() + static_cast<std::ptrdiff_t>(stage.bias.begin), stage.bias.count,
                    layer.bias.begin());
        if (stage.log_variance.count == 0) continue;
        if (!layer.node_variances) layer.node_variances.emplace();
        layer.node_variances->values.resize(stage.inputs);
        std::transform(parameters.begin() + static_cast<std::ptrdiff_t>(stage.log_variance.begin),
                       parameters.begin() + static_cast<std::ptrdiff_t>(stage.log_variance.end()),
                       layer.node_variances->values.begin(),
                       [](T value) { return std::exp(static_cast<double>(value)); });
    }
    return result;
}

template Network with_parameters<double>(const Network&, const MultilayerPerceptron&, std::span<const double>);
template Network with_parameters<float>(const Network&, const MultilayerPerceptron&, std::span<const float>);

namespace {

// Orthonormal rows, or columns where there are fewer: QR of a normal matrix, signs so that R has a positive diagonal.
void fill_orthogonal(base::RandomStream& stream, std::size_t rows, std::size_t columns, double* out) {
    arma::mat draws(std::max(rows, columns), std::min(rows, columns), arma::fill::none);
    numerics::fill_normal(stream, draws.memptr(), draws.n_elem);
    arma::mat q;
    arma::mat r;
    if (!arma::qr_econ(q, r, draws)) throw base::WorkError("orthogonal start: the factorisation failed");
    for (arma::uword j = 0; j < q.n_cols; ++j)
        if (r(j, j) < 0) q.col(j) *= -1.0;
    const arma::mat weight = rows >= columns ? q : arma::mat(q.t());
    std::copy(weight.begin(), weight.end(), out);
}

} // namespace

std::vector<double> initial_parameters(const MultilayerPerceptron& shape, Initialisation law, std::uint64_t seed,
                                       std::uint64_t first_stream) {
    std::vector<double> parameters(shape.parameters, 0.0);
    for (std::size_t l = 0; l < shape.stages.size(); ++l) {
        const Stage& stage = shape.stages[l];
        base::RandomStream stream(seed, "initial parameters", first_stream + l);
        double* const weight = parameters.data() + stage.weight.begin;
        double* const bias = parameters.data() + stage.bias.begin;
        const double fan = static_cast<double>(stage.inputs);
        const auto scaled_normal = [&](double scale) {
            numerics::fill_normal(stream, weight, stage.weight.count);
            for (std::size_t i = 0; i < stage.weight.count; ++i)
                weight[i] *= scale;
        };
        switch (law) {
        case Initialisation::standard_normal:
            numerics::fill_normal(stream, weight, stage.weight.count);
            numerics::fill_normal(stream, bias, stage.bias.count);
            break;
        case Initialisation::he_normal:
            scaled_normal(std::sqrt(2.0 / fan));
            break;
        case Initialisation::lecun_normal:
            scaled_normal(std::sqrt(1.0 / fan));
            break;
        case Initialisation::fan_in_uniform: {
            const double bound = 1.0 / std::sqrt(fan);
            for (std::size_t i = 0; i < stage.weight.count; ++i)
                weight[i] = bound * (2.0 * stream.uniform() - 1.0);
            for (std::size_t i = 0; i < stage.bias.count; ++i)
                bias[i] = bound * (2.0 * stream.uniform() - 1.0);
            break;
        }
        case Initialisation::orthogonal:
            fill_orthogonal(stream, stage.outputs, stage.inputs, weight);
            break;
        }
    }
    return parameters;
}

std::vector<double> nested_parameters(const MultilayerPerceptron& shape, std::uint64_t seed, std::uint64_t index) {
    constexpr std::uint64_t row_bits = 28;
    constexpr std::uint64_t stage_bits = 16;
    constexpr std::size_t rows_at_once = 16; // neighbours in a column of the weights
    if (index >> (64 - row_bits - stage_bits) != 0 || shape.stages.size() >> stage_bits != 0)
        throw std::invalid_argument("nested_parameters: too many networks or stages");
    std::vector<double> parameters(shape.parameters, 0.0);
    for (std::size_t l = 0; l < shape.stages.size(); ++l) {
        const Stage& stage = shape.stages[l];
        if (stage.outputs >> row_bits != 0) throw std::invalid_argument("nested_parameters: a layer is too wide");
        double* const weight = parameters.data() + stage.weight.begin;
        double* const bias = parameters.data() + stage.bias.begin;
        base::parallel_for((stage.outputs + rows_at_once - 1) / rows_at_once, [&](std::size_t block) {
            const std::size_t begin = block * rows_at_once;
            const std::size_t end = std::min(begin + rows_at_once, stage.outputs);
            const std::size_t length = stage.inputs + 1;
            std::vector<double> rows((end - begin) * length);
            for (std::size_t r = begin; r < end; ++r) {
                base::RandomStream stream(seed, "nested parameters", ((index << stage_bits | l) << row_bits) | r);
                numerics::fill_normal(stream, rows.data() + (r - begin) * length, length);
                if (stage.bias.count > 0) bias[r] = rows[(r - begin) * length];
            }
            for (std::size_t j = 0; j < stage.inputs; ++j)
                for (std::size_t r = begin; r < end; ++r)
                    weight[r + j * stage.outputs] = rows[(r - begin) * length + 1 + j];
        });
    }
    return parameters;
}

} // namespace limsym::network
