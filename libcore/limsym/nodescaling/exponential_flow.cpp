#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/nodescaling/descent_pass.hpp"
#include "limsym/nodescaling/tangent_operator.hpp"
#include "limsym/nodescaling/training.hpp"
#include "limsym/nodescaling/training_run.hpp"
#include "limsym/numerics/cholesky.hpp"
#include "limsym/numerics/eigen.hpp"

namespace limsym::nodescaling {

namespace {

constexpr double least_factor = 0.2;
constexpr double most_factor = 3.0;
constexpr double safety = 0.9;

/// The tangent kernel Q D Q' at one time; D is clipped at 0.
struct FrozenKernel {
    arma::vec values;
    arma::mat vectors;

    /// Q phi(D) Q' e for a function of the eigenvalues.
    template <typename Function>
    [[nodiscard]] arma::mat apply(const arma::mat& e, const Function& function) const {
        const arma::mat flat(const_cast<double*>(e.memptr()), e.n_elem, 1, false, true);
        arma::mat coefficients;
        numerics::multiply_tn(1.0, vectors, flat, 0.0, coefficients);
        for (std::size_t i = 0; i < coefficients.n_elem; ++i)
            coefficients(i) *= function(values(i));
        arma::mat result;
        numerics::multiply_nn(1.0, vectors, coefficients, 0.0, result);
        result.reshape(e.n_rows, e.n_cols);
        return result;
    }
};

class ExponentialIntegrator {
public:
    ExponentialIntegrator(const TrainingTask& task, const ExponentialFlow& method)
        : task_(task), method_(method), slope_(task.slope()), run_(task), pass_(task.initial, task.train.x),
          network_(task.initial) {
        at_ = take(task.initial.w);
    }

    TrainedNetwork train(const OnMeasure& on_measure, const base::Monitor& monitor) {
        kernel_ = freeze(at_.w);
        LossBound bound(loss_of(at_.residual, task_.loss), slope_);
        const double smallest_step = 1e-14 * method_.times.back();
        double h = 1.0 / std::max(slope_ * kernel_.values.back(), 1.0 / method_.times.back());
        tell(bound, on_measure, monitor);
        for (const double end : method_.times) {
            while (time_ < end) {
                const bool lands = time_ + h >= end * (1.0 - 1e-14);
                const double step = lands ? end - time_ : h;
                Point next;
                const double error = method_.order == 1 ? single(step, next) : extrapolated(step, next);
                const bool accepted = error <= method_.tolerance;
                const double factor =
                    error > 0.0 ? std::clamp(safety * std::sqrt(method_.tolerance / error), least_factor, most_factor)
                                : (error == 0.0 ? most_factor : least_factor);
                // A step that was cut to land on a time says little about how long the next may be.
                h = lands && accepted ? std::max(h, step * factor) : step * factor;
                if (accepted) {
                    at_ = std::move(next);
                    stands_ = true;
                    time_ = lands ? end : time_ + step;
                    ++steps_;
                    run_.check_loss(loss_of(at_.residual, task_.loss), steps_, time_, monitor);
                    kernel_ = freeze(at_.w);
                    bound.advance(time_, kernel_.values.front());
                } else if (h < smallest_step) {
                    throw base::WorkError("the step of flow-exp has shrunk to " + base::number_text(h) + " at time " +
                                          base::number_text(time_) + "; try a larger --tol, or --method gd");
                }
                monitor.advance(time_, method_.times.back(), "time");
            }
            tell(bound, on_measure, monitor);
        }
        return run_.finish(at_.w, last_);
    }

private:
    /// Weights with their residual f - y.
    struct Point {
        arma::mat w;
        arma::mat residual;
    };

    Point take(const arma::mat& w) {
        pass_.set_weights(w);
        return {w, pass_.outputs() - task_.train.y};
    }

    FrozenKernel freeze(const arma::mat& w) {
        network_.w = w;
        numerics::SymmetricEigen eigen = numerics::symmetric_eigen(output_tangent_gram(network_, task_.train.x), true);
        for (double& value : eigen.values)
            value = std::max(value, 0.0);
        return {std::move(eigen.values), std::move(eigen.vectors)};
    }

    /// From a point (where the pass stands) along its frozen features.
    Point move(const Point& from, const FrozenKernel& kernel, double h) {
        const double rate = slope_ * h;
        stands_ = false;
        pass_.descend(kernel.apply(from.residual,
                                   [rate](double value) {
                                       const double x = rate * value;
                                       return x > 0.0 ? -std::expm1(-x) / x : 1.0;
                                   }),
                      rate);
        return {pass_.weights(), pass_.outputs() - task_.train.y};
    }

    /// A plain step; the error is how badly the frozen features foretold the residual.
    double single(double h, Point& next) {
        stand(at_);
        next = move(at_, kernel_, h);
        const double rate = slope_ * h;
        const arma::mat foretold =
            kernel_.apply(at_.residual, [rate](double value) { return std::exp(-rate * value); });
        return relative(next.residual - foretold);
    }

    /// One step and two halves, extrapolated to second order.
    double extrapolated(double h, Point& next) {
        stand(at_);
        const Point whole = move(at_, kernel_, h);
        stand(at_);
        const Point half = move(at_, kernel_, 0.5 * h);
        const Point twice = move(half, freeze(half.w), 0.5 * h);
        const double error = relative(whole.residual - twice.residual);
        if (error <= method_.tolerance) next = take(2.0 * twice.w - whole.w);
        return error;
    }

    /// Puts the pass there unless it is: after a step that was accepted it is.
    void stand(const Point& point) {
        if (!stands_) pass_.set_weights(point.w);
    }

    [[nodiscard]] double relative(const arma::mat& difference) const {
        const double size = arma::norm(arma::vectorise(at_.residual));
        const double wrong = arma::norm(arma::vectorise(difference));
        return size > 0.0 ? wrong / size : wrong;
    }

    void tell(LossBound& bound, const OnMeasure& on_measure, const base::Monitor& monitor) {
        if (steps_ == 0) {
            run_.check_loss(loss_of(at_.residual, task_.loss), 0, 0.0, monitor);
            bound.advance(0.0, kernel_.values.front());
        }
        last_ = run_.measure(steps_, time_, at_.w, &at_.residual);
        if (has_bound(task_)) last_.bound = bound.value();
        on_measure(last_, {});
    }

    const TrainingTask& task_;
    const ExponentialFlow& method_;
    double slope_;
    TrainingRun run_;
    DescentPass<double> pass_;
    ShallowNetwork network_;
    Point at_;
    FrozenKernel kernel_;
    bool stands_ = true; // the pass is at at_
    TrainingMeasures last_;
    double time_ = 0.0;
    std::uint64_t steps_ = 0;
};

} // namespace

TrainedNetwork train(const TrainingTask& task, const ExponentialFlow& method, const OnMeasure& on_measure,
                     const base::Monitor& monitor) {
    return ExponentialIntegrator(task, method).train(on_measure, monitor);
}

} // namespace limsym::nodescaling
