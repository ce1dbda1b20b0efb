// Training with a penalty on the input-output Jacobian: full-batch gradient descent on
//     R = (1/2N) sum_i [ (F(x_i) - y_i)^2 + lambda |grad F(x_i)|^2 ],      F = kappa f,
// or N times that, with its exact gradient (Kim and Yang, ICML 2024, in the normalisation of the limit's equations).
//
// With u_i = grad F(x_i) held constant, the penalty's gradient in the parameters is that of
// (lambda/N) sum_i u_i . grad F(x_i): one tangent and one pass back through it, about 2.5 plain gradients for any
// number of inputs (network/propagation.hpp).
#pragma once

#include <armadillo>
#include <cstddef>
#include <functional>
#include <span>

#include "limsym/base/monitor.hpp"
#include "limsym/network/propagation.hpp"
#include "limsym/network/robust_loss.hpp"
#include "limsym/network/training.hpp"

namespace limsym::network {

struct RobustLossValue {
    double squared_error = 0.0;    ///< (1/N) sum (F - y)^2
    double jacobian_penalty = 0.0; ///< (1/N) sum |grad F|^2
    double loss = 0.0;             ///< R
};

/// The loss of one network on fixed data, and its gradient; buffers are kept between calls.
class RobustObjective {
public:
    /// @param x d x n, one column a sample @param y n targets; the network has one output
    RobustObjective(MultilayerPerceptron shape, arma::mat x, arma::vec y, RobustLoss loss);

    [[nodiscard]] RobustLossValue value(std::span<const double> parameters);
    /// @param gradient as many numbers as parameters, overwritten
    RobustLossValue gradient(std::span<const double> parameters, std::span<double> gradient);

    /// Bytes for n samples: what passes keep, parameters and gradient.
    [[nodiscard]] static std::uint64_t bytes(const MultilayerPerceptron& shape, std::uint64_t samples);

private:
    RobustLossValue losses(std::span<const double> parameters);

    Propagation<double> pass_;
    arma::mat x_;
    arma::vec y_;
    RobustLoss loss_;
    arma::mat residual_; ///< F - y, 1 x n
    arma::mat slope_;    ///< grad F, d x n
};

/// Plain gradient descent: parameters -= rate gradient.
struct DescentPlan {
    double rate = 1.0;
    std::size_t steps = 1;
    std::size_t every = 1;   ///< steps between reports, >= 1
    double divergence = 1e6; ///< a loss larger than that times the first one has diverged
};

/// Descends from state.epoch, which counts steps here, to plan.steps. `report` is called at step 0, at multiples of
/// plan.every and at the last step, with state as it is after that many steps; not at the step from which a resumed
/// run starts, whose report was given. A stop is seen between steps.
/// @param resumed the state was restored
/// @returns the loss at the last step
/// @throws WorkError "training diverged at step 7: ..."; Interrupted with `state` between two steps
RobustLossValue descend(RobustObjective& objective, const DescentPlan& plan, TrainingState<double>& state, bool resumed,
                        const std::function<void(const RobustLossValue&)>& report, const base::Monitor& monitor);

} // namespace limsym::network
