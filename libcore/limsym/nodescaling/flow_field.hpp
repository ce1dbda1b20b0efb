// The gradient flow as an ordinary differential equation of the weights, and what its integrators share.
#pragma once

#include <cmath>

#include "limsym/nodescaling/descent_pass.hpp"
#include "limsym/nodescaling/training_run.hpp"

namespace limsym::nodescaling {

/// dW/dt = -dL/dW, d x m.
class FlowField {
public:
    explicit FlowField(const TrainingTask& task)
        : task_(&task), slope_(task.slope()), pass_(task.initial, task.train.x) {}

    /// The velocity at w; residual() and loss() are those there afterwards.
    void velocity(const arma::mat& w, arma::mat& result) {
        pass_.set_weights(w);
        residual_ = pass_.outputs() - task_->train.y;
        pass_.gradient(residual_, result);
        result *= -slope_;
    }
    [[nodiscard]] const arma::mat& residual() const { return residual_; }
    [[nodiscard]] double loss() const { return loss_of(residual_, task_->loss); }
    [[nodiscard]] double slope() const { return slope_; }

private:
    const TrainingTask* task_;
    double slope_;
    DescentPass<double> pass_;
    arma::mat residual_;
};

/// Root mean square of error / (absolute + relative max(|before|, |after|)).
[[nodiscard]] inline double scaled_error(const arma::mat& error, const arma::mat& before, const arma::mat& after,
                                         double relative, double absolute) {
    double sum = 0.0;
    for (std::size_t i = 0; i < error.n_elem; ++i) {
        const double size = absolute + relative * std::max(std::abs(before.memptr()[i]), std::abs(after.memptr()[i]));
        const double ratio = error.memptr()[i] / size;
        sum += ratio * ratio;
    }
    return std::sqrt(sum / static_cast<double>(error.n_elem));
}

/// A first step after Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, II.4, for a method of the
/// given order.
[[nodiscard]] double first_step(FlowField& field, const arma::mat& w, const arma::mat& velocity, double relative,
                                double absolute, double order, double most);

/// Measures along a flow with the bound of its loss.
class FlowLines {
public:
    FlowLines(const TrainingTask& task, TrainingRun& run, const OnMeasure& on_measure)
        : task_(&task), run_(&run), on_measure_(&on_measure) {}
    void tell(std::uint64_t step, double time, const arma::mat& w);
    [[nodiscard]] const TrainingMeasures& last() const { return last_; }

private:
    const TrainingTask* task_;
    TrainingRun* run_;
    const OnMeasure* on_measure_;
    std::optional<LossBound> bound_;
    TrainingMeasures last_;
};

} // namespace limsym::nodescaling
