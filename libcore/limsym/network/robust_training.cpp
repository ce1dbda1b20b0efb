#include "limsym/network/robust_training.hpp"

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/network/loss.hpp"

namespace limsym::network {

RobustObjective::RobustObjective(MultilayerPerceptron shape, arma::mat x, arma::vec y, RobustLoss loss)
    : pass_(std::move(shape), Derivatives::second), x_(std::move(x)), y_(std::move(y)), loss_(loss) {
    if (pass_.shape().outputs() != 1 || x_.n_cols != y_.n_elem || x_.empty())
        throw std::invalid_argument("RobustObjective: one output and a target a sample, please");
}

RobustLossValue RobustObjective::losses(std::span<const double> parameters) {
    residual_ = loss_.kappa * pass_.forward(parameters, x_) - y_.t();
    arma::mat cotangent(1, x_.n_cols, arma::fill::none);
    cotangent.fill(loss_.kappa);
    pass_.backward(parameters, cotangent, {}, &slope_);
    const double n = static_cast<double>(x_.n_cols);
    const double whole = loss_.mean ? 1.0 : n;
    RobustLossValue value;
    value.squared_error = arma::accu(arma::square(residual_)) / n;
    value.jacobian_penalty = arma::accu(arma::square(slope_)) / n;
    value.loss = whole * (value.squared_error + loss_.lambda * value.jacobian_penalty) / 2.0;
    return value;
}

RobustLossValue RobustObjective::value(std::span<const double> parameters) {
    return losses(parameters);
}

RobustLossValue RobustObjective::gradient(std::span<const double> parameters, std::span<double> gradient) {
    const RobustLossValue value = losses(parameters);
    const double share = loss_.mean ? 1.0 / static_cast<double>(x_.n_cols) : 1.0;
    const arma::mat value_cotangent = (share * loss_.kappa) * residual_;
    if (loss_.lambda == 0.0) {
        pass_.backward(parameters, value_cotangent, gradient);
        return value;
    }
    pass_.forward_tangent(parameters, slope_);
    arma::mat tangent_cotangent(1, x_.n_cols, arma::fill::none);
    tangent_cotangent.fill(share * loss_.kappa * loss_.lambda);
    pass_.backward_tangent(parameters, value_cotangent, tangent_cotangent, gradient);
    return value;
}

std::uint64_t RobustObjective::bytes(const MultilayerPerceptron& shape, std::uint64_t samples) {
    const double passes = static_cast<double>(Propagation<double>::bytes(shape, samples, Derivatives::second));
    const double numbers = 2.0 * static_cast<double>(shape.parameters) +
                           2.0 * static_cast<double>(shape.inputs()) * static_cast<double>(samples);
    const double bytes = passes + 8.0 * numbers;
    return bytes < 1e18 ? static_cast<std::uint64_t>(bytes) : std::uint64_t{1} << 62U;
}

RobustLossValue descend(RobustObjective& objective, const DescentPlan& plan, TrainingState<double>& state, bool resumed,
                        const std::function<void(const RobustLossValue&)>& report, const base::Monitor& monitor) {
    if (plan.every == 0) throw std::invalid_argument("descend: reports every 0 steps");
    std::vector<double> gradient(state.parameters.size());
    const std::size_t start = state.epoch;
    for (;; ++state.epoch) {
        const bool last = state.epoch >= plan.steps;
        const RobustLossValue value =
            last ? objective.value(state.parameters) : objective.gradient(state.parameters, gradient);
        if (!state.first_loss) state.first_loss = value.loss;
        if (!std::isfinite(value.loss) || value.loss > plan.divergence * *state.first_loss)
            throw base::WorkError("training diverged at step " + std::to_string(state.epoch) + ": the loss is " +
                                  (std::isfinite(value.loss) ? base::number_text(value.loss) : "not finite") +
                                  "; try a smaller rate");
        const bool printed = last || state.epoch % plan.every == 0;
        if (printed && !(resumed && state.epoch == start)) report(value);
        if (last) return value;
        monitor.advance(static_cast<double>(state.epoch), static_cast<double>(plan.steps), "step");
        state.optimiser.step(state.parameters, gradient, plan.rate);
    }
}

} // namespace limsym::network
