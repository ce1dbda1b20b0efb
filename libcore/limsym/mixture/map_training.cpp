#include "limsym/mixture/map_training.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/network/loss.hpp"
#include "limsym/network/propagation.hpp"
#include "limsym/network/training.hpp"

namespace limsym::mixture {

namespace {

/// Below that exp(ln lambda / 2) no longer reaches any output.
constexpr double least_log_variance = -80.0;
/// Nodes of one piece of a loop over a layer.
constexpr std::size_t node_block = 64;

template <typename T>
class Trainer {
public:
    Trainer(MapModel& model, const LabelledData& train, const LabelledData* test, const MapTrainingOptions& options)
        : model_(model), train_(train), test_(test), options_(options), pass_(model.shape),
          penalty_(options.prior_weight / static_cast<double>(train.rows())),
          x_(arma::conv_to<arma::Mat<T>>::from(train.x)) {}

    void run(std::string_view resume, const std::function<void(const MapEpoch&)>& after, const base::Monitor& monitor) {
        const network::TrainingPlan plan = make_plan();
        network::TrainingState<T> state({model_.parameters.begin(), model_.parameters.end()}, plan.rule);
        if (!resume.empty()) state.restore(resume);
        if (state.epoch > plan.epochs)
            throw base::InputError("--epochs", std::to_string(plan.epochs) + " are fewer than the " +
                                                   std::to_string(state.epoch) + " of the checkpoint");
        const auto finish_epoch = [&](const network::Epoch& epoch) {
            keep(state.parameters);
            MapEpoch record;
            record.epoch = epoch.number;
            record.train_loss = epoch.loss - penalty_ * log_prior();
            if (!std::isfinite(record.train_loss))
                throw base::WorkError("training diverged in epoch " + std::to_string(epoch.number) +
                                      ": the loss is not finite; try a smaller rate");
            record.train_accuracy = static_cast<double>(correct_) / static_cast<double>(train_.rows());
            if (test_ != nullptr) record.test_accuracy = evaluate(model_, *test_).accuracy;
            record.state = [&state] { return state.bytes(); };
            correct_ = 0;
            after(record);
            return true;
        };
        const auto gradient = [this](std::span<const std::size_t> samples, std::span<const T> parameters,
                                     std::span<T> out) { return batch(samples, parameters, out); };
        network::train<T>(plan, state, gradient, finish_epoch, monitor,
                          [this](std::span<T> parameters) { keep_variances(parameters); });
        keep(state.parameters);
    }

private:
    [[nodiscard]] network::TrainingPlan make_plan() const {
        network::TrainingPlan plan;
        plan.samples = train_.rows();
        plan.batch = options_.batch;
        plan.epochs = options_.epochs;
        plan.seed = options_.seed;
        plan.schedule = options_.rates;
        plan.rule = network::Adam{};
        for (std::size_t l = 0; l < model_.shape.stages.size(); ++l) {
            const network::Stage& stage = model_.shape.stages[l];
            plan.groups.push_back({{stage.weight.begin, stage.weight.count + stage.bias.count}, penalty_, 1.0});
            if (l > 0 && model_.variances[l - 1].law) plan.groups.push_back({stage.log_variance, 0.0, 1.0});
        }
        return plan;
    }

    double batch(std::span<const std::size_t> samples, std::span<const T> parameters, std::span<T> gradient) {
        network::gather_columns(x_, samples, inputs_);
        labels_.resize(samples.size());
        std::transform(samples.begin(), samples.end(), labels_.begin(),
                       [this](std::size_t i) { return train_.labels[i]; });
        const network::Classification result = network::cross_entropy<T>(
            pass_.forward(parameters, inputs_), labels_, 1 / static_cast<double>(samples.size()), &cotangent_);
        correct_ += result.correct;
        pass_.backward(parameters, cotangent_, gradient);
        for (std::size_t l = 0; l < model_.hidden_layers(); ++l)
            if (model_.variances[l].law) add_prior(l, parameters, gradient);
        return result.loss;
    }

    // - w / n d ln p(lambda) / d ln lambda
    void add_prior(std::size_t l, std::span<const T> parameters, std::span<T> gradient) const {
        const network::ParameterRange range = model_.shape.stages[l + 1].log_variance;
        const NodeLaw& law = *model_.variances[l].law;
        base::parallel_for((range.count + node_block - 1) / node_block, [&](std::size_t i) {
            const std::size_t begin = range.begin + i * node_block;
            const std::size_t end = std::min(begin + node_block, range.end());
            for (std::size_t j = begin; j < end; ++j)
                gradient[j] -=
                    static_cast<T>(penalty_ * law.log_density_slope(std::exp(static_cast<double>(parameters[j]))));
        });
    }

    void keep_variances(std::span<T> parameters) const {
        for (std::size_t l = 0; l < model_.hidden_layers(); ++l)
            for (T& value : model_.shape.stages[l + 1].log_variance.of(parameters))
                value = std::max(value, static_cast<T>(least_log_variance));
    }

    void keep(const std::vector<T>& parameters) {
        std::copy(parameters.begin(), parameters.end(), model_.parameters.begin());
    }

    [[nodiscard]] double log_prior() const {
        double squares = 0.0;
        for (const network::Stage& stage : model_.shape.stages)
            for (std::size_t i = stage.weight.begin; i < stage.weight.begin + stage.weight.count + stage.bias.count;
                 ++i)
                squares += model_.parameters[i] * model_.parameters[i];
        return -0.5 * squares + variances_log_prior(model_);
    }

    MapModel& model_;
    const LabelledData& train_;
    const LabelledData* test_;
    const MapTrainingOptions& options_;
    network::Propagation<T> pass_;
    double penalty_; // w / n
    arma::Mat<T> x_;
    arma::Mat<T> inputs_;
    arma::Mat<T> cotangent_;
    std::vector<std::uint32_t> labels_;
    std::size_t correct_ = 0;
};

} // namespace

void train_map(MapModel& model, const LabelledData& train, const LabelledData* test, const MapTrainingOptions& options,
               std::string_view resume, const std::function<void(const MapEpoch&)>& after,
               const base::Monitor& monitor) {
    require_features(model, train);
    if (test != nullptr) require_features(model, *test);
    if (options.precision == Precision::f32)
        Trainer<float>(model, train, test, options).run(resume, after, monitor);
    else
        Trainer<double>(model, train, test, options).run(resume, after, monitor);
}

std::uint64_t training_bytes(const MapModel& model, const LabelledData& train, const MapTrainingOptions& options) {
    const std::uint64_t number = options.precision == Precision::f32 ? sizeof(float) : sizeof(double);
    // parameters, gradient and two moments, and a copy of them at the start of an epoch
    const std::uint64_t arrays = base::saturating_product(model.shape.parameters, 8 * number + sizeof(double));
    const std::uint64_t batch = network::Propagation<double>::bytes(model.shape, options.batch);
    return arrays + batch + base::saturating_product(train.x.n_elem, number);
}

std::vector<double> top_share(const MapModel& model) {
    std::vector<double> shares;
    for (std::size_t l = 0; l < model.hidden_layers(); ++l) {
        std::vector<double> lambda = model.node_variances(l);
        std::sort(lambda.begin(), lambda.end(), std::greater<>());
        for (std::size_t j = lambda.size(); j-- > 0;)
            lambda[j] /= lambda[0]; // equal variances have the share of their number, without rounding
        const std::size_t top = std::max<std::size_t>(1, (lambda.size() + 10) / 20);
        const double all = std::accumulate(lambda.begin(), lambda.end(), 0.0);
        const double largest = std::accumulate(lambda.begin(), lambda.begin() + static_cast<std::ptrdiff_t>(top), 0.0);
        shares.push_back(largest / all);
    }
    return shares;
}

} // namespace limsym::mixture
