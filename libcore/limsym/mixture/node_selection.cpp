#include "limsym/mixture/node_selection.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include "limsym/base/error.hpp"
#include "limsym/network/propagation.hpp"

namespace limsym::mixture {

namespace {

// The columns of stage l's weight, one for each node that feeds it.
arma::mat weight_of(const MapModel& model, std::size_t stage) {
    const network::Stage& s = model.shape.stages.at(stage);
    return {model.parameters.data() + s.weight.begin, s.outputs, s.inputs};
}

// Indices of `scores`, largest first, of equals the lower index first.
std::vector<std::size_t> falling(const std::vector<double>& scores) {
    std::vector<std::size_t> order(scores.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
    return order;
}

arma::uvec indices(const std::vector<bool>& kept) {
    std::vector<arma::uword> result;
    for (std::size_t j = 0; j < kept.size(); ++j)
        if (kept[j]) result.push_back(j);
    return arma::uvec(result);
}

} // namespace

std::vector<double> node_scores(const MapModel& model, std::size_t layer) {
    std::vector<double> scores = model.node_variances(layer);
    if (model.variances[layer].law) return scores;
    const arma::mat weight = weight_of(model, layer + 1);
    for (std::size_t j = 0; j < scores.size(); ++j)
        scores[j] *= arma::accu(arma::square(weight.col(j)));
    return scores;
}

KeptNodes keep_largest(const MapModel& model, double kappa) {
    KeptNodes kept;
    for (std::size_t l = 0; l < model.hidden_layers(); ++l) {
        const std::vector<double> scores = node_scores(model, l);
        // a share such as 0.3 of 10 nodes is 3 nodes, whatever its rounding
        const auto pruned = static_cast<std::size_t>(std::floor(kappa * static_cast<double>(scores.size()) + 1e-9));
        std::vector<std::size_t> order(scores.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
        std::vector<bool>& layer = kept.emplace_back(scores.size(), true);
        for (std::size_t i = 0; i < pruned; ++i)
            layer[order[i]] = false;
    }
    return kept;
}

KeptNodes keep_above(const MapModel& model, double eps) {
    KeptNodes kept;
    for (std::size_t l = 0; l < model.hidden_layers(); ++l) {
        std::vector<bool>& layer = kept.emplace_back();
        for (const double score : node_scores(model, l))
            layer.push_back(score > eps);
    }
    return kept;
}

std::size_t count(const KeptNodes& kept) {
    std::size_t sum = 0;
    for (const std::vector<bool>& layer : kept)
        sum += static_cast<std::size_t>(std::count(layer.begin(), layer.end(), true));
    return sum;
}

Score evaluate(const MapModel& model, const KeptNodes& kept, const LabelledData& data) {
    MapModel masked = model;
    for (std::size_t l = 0; l < kept.size(); ++l)
        for (std::size_t j = 0; j < kept[l].size(); ++j)
            if (!kept[l][j])
                masked.parameters[masked.shape.stages[l + 1].log_variance.begin + j] =
                    -std::numeric_limits<double>::infinity();
    return evaluate(masked, data);
}

MapModel without_pruned(const MapModel& model, const KeptNodes& kept) {
    network::Network document = model.document();
    for (std::size_t l = 0; l < kept.size(); ++l) {
        const arma::uvec nodes = indices(kept[l]);
        if (nodes.is_empty())
            throw base::WorkError("no node of hidden layer " + std::to_string(l + 1) + " is left; prune less");
        auto& before = std::get<network::Dense>(document.layers.at(model.shape.stages[l].layer).value);
        auto& after = std::get<network::Dense>(document.layers.at(model.shape.stages[l + 1].layer).value);
        before.width = nodes.n_elem;
        before.weight = arma::mat(before.weight.rows(nodes));
        if (!before.bias.is_empty()) before.bias = arma::vec(before.bias.elem(nodes));
        after.weight = arma::mat(after.weight.cols(nodes));
        std::vector<double> values;
        for (const arma::uword j : nodes)
            values.push_back(after.node_variances->values[j]);
        after.node_variances->values = std::move(values);
    }
    return read_map_model(document);
}

std::vector<NodeFeature> node_features(const MapModel& model, std::size_t layer, std::size_t top, std::size_t per,
                                       const LabelledData& data) {
    require_features(model, data);
    std::vector<std::size_t> nodes = falling(node_scores(model, layer));
    nodes.resize(std::min(top, nodes.size()));
    const std::vector<double> lambda = model.node_variances(layer);

    // the network up to this layer's pre-activations, of the chosen nodes alone
    network::MultilayerPerceptron shape = model.shape;
    shape.stages.resize(layer + 1);
    network::Stage& last = shape.stages.back();
    const network::Stage whole = last;
    std::vector<double> parameters(model.parameters.begin(),
                                   model.parameters.begin() + static_cast<std::ptrdiff_t>(whole.weight.begin));
    last.activation = network::BlockActivation();
    last.outputs = nodes.size();
    last.weight.count = nodes.size() * last.inputs;
    const arma::mat weight = weight_of(model, layer);
    for (std::size_t i = 0; i < last.inputs; ++i)
        for (const std::size_t node : nodes)
            parameters.push_back(weight(node, i));
    last.bias = {parameters.size(), whole.bias.count == 0 ? 0 : nodes.size()};
    for (std::size_t k = 0; k < last.bias.count; ++k)
        parameters.push_back(model.parameters[whole.bias.begin + nodes[k]]);
    last.log_variance = {parameters.size(), whole.log_variance.count};
    const auto variance = model.parameters.begin() + static_cast<std::ptrdiff_t>(whole.log_variance.begin);
    parameters.insert(parameters.end(), variance, variance + static_cast<std::ptrdiff_t>(whole.log_variance.count));
    shape.parameters = parameters.size();

    network::Propagation<double> pass(shape);
    arma::mat values;
    pass.predict(parameters, data.x, values);
    std::vector<NodeFeature> features;
    for (std::size_t k = 0; k < nodes.size(); ++k) {
        NodeFeature feature{nodes[k], lambda[nodes[k]], {}, {}};
        const arma::rowvec of_node = values.row(k);
        std::vector<std::size_t> order = falling(arma::conv_to<std::vector<double>>::from(of_node));
        order.resize(std::min(per, order.size()));
        for (const std::size_t row : order)
            feature.values.push_back(of_node(row));
        feature.rows = std::move(order);
        features.push_back(std::move(feature));
    }
    return features;
}

std::size_t distinct_rows(const std::vector<NodeFeature>& features) {
    std::set<std::size_t> rows;
    for (const NodeFeature& feature : features)
        rows.insert(feature.rows.begin(), feature.rows.end());
    return rows.size();
}

} // namespace limsym::mixture
