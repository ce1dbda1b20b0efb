#include "limsym/mixture/map_model.hpp"

#include <cmath>
#include <limits>

#include "limsym/base/error.hpp"
#include "limsym/mixture/architecture.hpp"
#include "limsym/network/loss.hpp"
#include "limsym/network/propagation.hpp"

namespace limsym::mixture {

namespace {

// @param place of the prior, for messages
TrainedVariances trained_variances(const Prior& prior, std::size_t width, const std::string& place) {
    if (prior.terms.size() != 1) throw base::InputError(place, "a sum of laws has no density here; expected one term");
    const Family& family = prior.terms.front();
    if (std::holds_alternative<Constant>(family)) return {prior, width, std::nullopt};
    check_width(prior, static_cast<double>(width), place);
    NodeLaw law = node_law(family, static_cast<double>(width));
    if (!law.log_density) throw base::InputError(place, family_name(family) + " has no density; training needs one");
    return {prior, width, std::move(law)};
}

double starting_variance(const TrainedVariances& variances) {
    const auto width = static_cast<double>(variances.width);
    if (!variances.law) return std::get<Constant>(variances.prior.terms.front()).c / width;
    const double start = 1 / width;
    if (!std::isfinite(variances.law->log_density(start)))
        throw base::InputError("--prior", family_name(variances.prior.terms.front()) +
                                              " has no density at 1 / width, where training starts");
    return start;
}

std::vector<Prior> priors_of(const Architecture& architecture) {
    std::vector<Prior> priors;
    for (const HiddenLayer& layer : architecture.hidden)
        priors.push_back(layer.prior);
    return priors;
}

} // namespace

std::vector<double> MapModel::node_variances(std::size_t layer) const {
    const network::ParameterRange range = shape.stages.at(layer + 1).log_variance;
    std::vector<double> result;
    for (std::size_t j = range.begin; j < range.end(); ++j)
        result.push_back(std::exp(parameters[j]));
    return result;
}

network::Network MapModel::document() const {
    network::Network result = network::with_parameters<double>(network, shape, parameters);
    for (std::size_t l = 0; l < hidden_layers(); ++l)
        std::get<network::Dense>(result.layers.at(shape.stages[l + 1].layer).value).node_variances->prior =
            to_text(variances[l].prior);
    return result;
}

MapModel read_map_model(const network::Network& network) {
    MapModel model;
    model.network = network;
    model.shape = network::make_trained_perceptron(network, "mogp-sample");
    const std::vector<Prior> priors = priors_of(make_architecture(network, {}));
    for (std::size_t l = 0; l + 1 < model.shape.stages.size(); ++l) {
        const network::Stage& stage = model.shape.stages[l + 1];
        const std::string place =
            base::at_pointer(network.file, "/layers/" + std::to_string(stage.layer) + "/dense/node_variances");
        const auto* dense = stage.layer < network.layers.size()
                                ? std::get_if<network::Dense>(&network.layers[stage.layer].value)
                                : nullptr;
        if (dense == nullptr || !dense->node_variances || dense->node_variances->values.empty())
            throw base::InputError(place, "has no values; expected a trained network");
        model.variances.push_back(trained_variances(priors[l], stage.inputs, place + "/prior"));
    }
    model.parameters = network::parameters_of(network, model.shape);
    return model;
}

MapModel initial_map_model(const network::Network& network, const std::vector<Prior>& priors, std::size_t inputs,
                           std::optional<std::size_t> width, std::size_t outputs, std::uint64_t seed) {
    MapModel model;
    model.network = network;
    model.shape = network::make_perceptron(
        network, {.inputs = inputs, .width = width, .outputs = outputs, .log_variances = true, .user = "mogp-sample"});
    model.parameters = network::initial_parameters(model.shape, network::Initialisation::standard_normal, seed);
    for (std::size_t l = 0; l + 1 < model.shape.stages.size(); ++l) {
        const network::Stage& stage = model.shape.stages[l + 1];
        model.variances.push_back(trained_variances(priors.at(l), stage.inputs, "--prior"));
        const double start = std::log(starting_variance(model.variances.back()));
        std::fill_n(model.parameters.begin() + static_cast<std::ptrdiff_t>(stage.log_variance.begin), stage.inputs,
                    start);
    }
    return model;
}

double variances_log_prior(const MapModel& model) {
    double sum = 0.0;
    for (std::size_t l = 0; l < model.hidden_layers(); ++l) {
        if (!model.variances[l].law) continue;
        for (const double lambda : model.node_variances(l))
            sum += model.variances[l].law->log_density(lambda);
    }
    return sum;
}

void require_features(const MapModel& model, const LabelledData& data) {
    if (data.features() != model.shape.inputs())
        throw base::InputError(data.file, std::to_string(data.features()) + " features; expected " +
                                              std::to_string(model.shape.inputs()));
}

MapLoss map_loss(const MapModel& model, const LabelledData& data, double prior_weight, bool with_gradient) {
    require_features(model, data);
    const auto n = static_cast<double>(data.rows());
    network::Propagation<double> pass(model.shape);
    MapLoss result;
    arma::mat cotangent;
    if (with_gradient)
        result.logits = pass.forward(model.parameters, data.x);
    else
        pass.predict(model.parameters, data.x, result.logits);
    const network::Classification classification =
        network::cross_entropy<double>(result.logits, data.labels, 1 / n, with_gradient ? &cotangent : nullptr);
    result.cross_entropy = classification.loss;
    result.accuracy = static_cast<double>(classification.correct) / n;
    double squares = 0.0;
    for (const network::Stage& stage : model.shape.stages)
        for (std::size_t i = stage.weight.begin; i < stage.weight.begin + stage.weight.count + stage.bias.count; ++i)
            squares += model.parameters[i] * model.parameters[i];
    result.log_prior = -0.5 * squares + variances_log_prior(model);
    result.loss = result.cross_entropy - prior_weight * result.log_prior / n;
    if (!with_gradient) return result;

    result.gradient.resize(model.shape.parameters);
    pass.backward(model.parameters, cotangent, result.gradient);
    for (const network::Stage& stage : model.shape.stages)
        for (std::size_t i = stage.weight.begin; i < stage.weight.begin + stage.weight.count + stage.bias.count; ++i)
            result.gradient[i] += prior_weight / n * model.parameters[i];
    for (std::size_t l = 0; l < model.hidden_layers(); ++l) {
        if (!model.variances[l].law) continue;
        const std::vector<double> lambda = model.node_variances(l);
        const std::size_t begin = model.shape.stages[l + 1].log_variance.begin;
        for (std::size_t j = 0; j < lambda.size(); ++j)
            result.gradient[begin + j] -= prior_weight / n * model.variances[l].law->log_density_slope(lambda[j]);
    }
    return result;
}

Score evaluate(const MapModel& model, const LabelledData& data) {
    require_features(model, data);
    const auto n = static_cast<double>(data.rows());
    network::Propagation<double> pass(model.shape);
    arma::mat logits;
    pass.predict(model.parameters, data.x, logits);
    const network::Classification result = network::cross_entropy<double>(logits, data.labels, 1 / n, nullptr);
    return {result.loss, static_cast<double>(result.correct) / n};
}

} // namespace limsym::mixture
