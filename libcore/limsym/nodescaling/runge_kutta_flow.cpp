// Dormand, Prince, A family of embedded Runge-Kutta formulae, 1980; dense output and step control after Hairer,
// Norsett, Wanner, Solving Ordinary Differential Equations I (DOPRI5).
#include <algorithm>
#include <array>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/nodescaling/flow_field.hpp"
#include "limsym/nodescaling/training.hpp"

namespace limsym::nodescaling {

namespace {

constexpr std::size_t stages = 7;
/// Row s: weights of the velocities 0 ... s that lead to stage s + 1; the last row is the solution of order 5.
constexpr std::array<std::array<double, 6>, 6> tableau{{
    {1.0 / 5, 0, 0, 0, 0, 0},
    {3.0 / 40, 9.0 / 40, 0, 0, 0, 0},
    {44.0 / 45, -56.0 / 15, 32.0 / 9, 0, 0, 0},
    {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729, 0, 0},
    {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656, 0},
    {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
}};
/// Order 5 minus order 4.
constexpr std::array<double, stages> error_weights{71.0 / 57600,      0,          -71.0 / 16695, 71.0 / 1920,
                                                   -17253.0 / 339200, 22.0 / 525, -1.0 / 40};
constexpr std::array<double, stages> dense_weights{-12715105075.0 / 11282082432.0,  0,
                                                   87487479700.0 / 32700410799.0,   -10690763975.0 / 1880347072.0,
                                                   701980252875.0 / 199316789632.0, -1453857185.0 / 822651844.0,
                                                   69997945.0 / 29380423.0};

using Stages = std::array<arma::mat, stages>;

template <std::size_t Count>
arma::mat combine(const std::array<double, Count>& weights, const Stages& k, double h) {
    arma::mat sum(k[0].n_rows, k[0].n_cols, arma::fill::zeros);
    for (std::size_t s = 0; s < Count; ++s)
        if (weights[s] != 0.0) sum += (h * weights[s]) * k[s];
    return sum;
}

/// The solution at before + theta h, 0 <= theta <= 1, to fourth order.
arma::mat dense(const arma::mat& before, const arma::mat& after, const Stages& k, double h, double theta) {
    const arma::mat rise = after - before;
    const arma::mat start = h * k[0] - rise;
    const arma::mat end = rise - h * k[6] - start;
    const arma::mat bend = combine(dense_weights, k, h);
    const double rest = 1.0 - theta;
    return before + theta * (rise + rest * (start + theta * (end + rest * bend)));
}

} // namespace

TrainedNetwork train(const TrainingTask& task, const RungeKuttaFlow& method, const OnMeasure& on_measure,
                     const base::Monitor& monitor) {
    constexpr double safety = 0.9;
    constexpr double beta = 0.04;
    constexpr double exponent = 0.2 - 0.75 * beta;
    TrainingRun run(task);
    FlowLines lines(task, run, on_measure);
    FlowField field(task);
    const double last_time = method.times.back();
    arma::mat w = task.initial.w;
    Stages k;
    field.velocity(w, k[0]);
    run.check_loss(field.loss(), 0, 0.0, monitor);
    lines.tell(0, 0.0, w);
    double h = first_step(field, w, k[0], method.relative_tolerance, method.absolute_tolerance, 5.0, last_time);
    double time = 0.0;
    double error_before = 1e-4;
    bool rejected = false;
    std::uint64_t steps = 0;
    std::size_t next = 0;
    while (next < method.times.size()) {
        const bool lands = time + h >= last_time * (1.0 - 1e-14);
        if (lands) h = last_time - time;
        arma::mat after;
        for (std::size_t s = 0; s + 1 < stages; ++s) {
            after = w + combine(tableau[s], k, h);
            field.velocity(after, k[s + 1]);
        }
        const double error =
            scaled_error(combine(error_weights, k, h), w, after, method.relative_tolerance, method.absolute_tolerance);
        if (!(error <= 1.0)) {
            h *= std::isfinite(error) ? std::max(0.2, safety * std::pow(error, -exponent)) : 0.2;
            rejected = true;
            if (!(h > 1e-14 * last_time))
                throw base::WorkError("the step of flow-rk has shrunk to " + base::number_text(h) + " at time " +
                                      base::number_text(time) + "; try larger tolerances, or --method flow-exp");
            continue;
        }
        ++steps;
        const double reached = lands ? last_time : time + h;
        run.check_loss(field.loss(), steps, reached, monitor);
        for (; next < method.times.size() && method.times[next] <= reached; ++next) {
            const double wanted = method.times[next];
            lines.tell(steps, wanted, wanted == reached ? after : dense(w, after, k, h, (wanted - time) / h));
        }
        double factor = error > 0.0 ? safety * std::pow(error, -exponent) * std::pow(error_before, beta) : 10.0;
        factor = std::clamp(factor, 0.2, rejected ? 1.0 : 10.0);
        error_before = std::max(error, 1e-4);
        rejected = false;
        w = std::move(after);
        k[0] = k[6];
        time = reached;
        h *= factor;
        monitor.advance(time, last_time, "time");
    }
    return run.finish(std::move(w), lines.last());
}

} // namespace limsym::nodescaling
