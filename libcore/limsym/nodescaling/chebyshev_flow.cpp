// Sommeijer, Shampine, Verwer, RKC: an explicit solver for parabolic PDEs, J. Comput. Appl. Math. 88, 1998.
#include <algorithm>
#include <cmath>
#include <vector>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/nodescaling/flow_field.hpp"
#include "limsym/nodescaling/tangent_operator.hpp"
#include "limsym/nodescaling/training.hpp"

namespace limsym::nodescaling {

namespace {

constexpr std::size_t radius_every = 25; ///< steps between estimates of the spectral radius
constexpr std::size_t most_stages = 2000;

/// Chebyshev polynomials of the first kind with two derivatives at w0, and what the method makes of them.
struct Coefficients {
    explicit Coefficients(std::size_t stages) : s(stages), w0(1.0 + 2.0 / 13.0 / static_cast<double>(s * s)) {
        std::vector<double> t(s + 1, 1.0);
        std::vector<double> dt(s + 1, 0.0);
        std::vector<double> ddt(s + 1, 0.0);
        t[1] = w0;
        dt[1] = 1.0;
        for (std::size_t j = 2; j <= s; ++j) {
            t[j] = 2.0 * w0 * t[j - 1] - t[j - 2];
            dt[j] = 2.0 * w0 * dt[j - 1] - dt[j - 2] + 2.0 * t[j - 1];
            ddt[j] = 2.0 * w0 * ddt[j - 1] - ddt[j - 2] + 4.0 * dt[j - 1];
        }
        w1 = dt[s] / ddt[s];
        b.resize(s + 1);
        a.resize(s + 1);
        for (std::size_t j = 2; j <= s; ++j)
            b[j] = ddt[j] / (dt[j] * dt[j]);
        b[0] = b[2];
        b[1] = 1.0 / w0;
        for (std::size_t j = 0; j <= s; ++j)
            a[j] = 1.0 - b[j] * t[j];
    }
    std::size_t s;
    double w0;
    double w1 = 0.0;
    std::vector<double> a;
    std::vector<double> b;
};

/// One step of s stages; `velocity` is that of w.
arma::mat stages_of(FlowField& field, const arma::mat& w, const arma::mat& velocity, double h, std::size_t stages) {
    const Coefficients c(stages);
    arma::mat before = w;
    arma::mat now = w + (c.b[1] * c.w1 * h) * velocity;
    arma::mat there;
    for (std::size_t j = 2; j <= stages; ++j) {
        const double mu = 2.0 * c.b[j] * c.w0 / c.b[j - 1];
        const double nu = -c.b[j] / c.b[j - 2];
        const double gain = 2.0 * c.b[j] * c.w1 / c.b[j - 1];
        field.velocity(now, there);
        arma::mat next =
            (1.0 - mu - nu) * w + mu * now + nu * before + (gain * h) * there - (c.a[j - 1] * gain * h) * velocity;
        before = std::move(now);
        now = std::move(next);
    }
    return now;
}

} // namespace

TrainedNetwork train(const TrainingTask& task, const ChebyshevFlow& method, const OnMeasure& on_measure,
                     const base::Monitor& monitor) {
    TrainingRun run(task);
    FlowLines lines(task, run, on_measure);
    FlowField field(task);
    ShallowNetwork network = task.initial;
    arma::mat velocity;
    field.velocity(network.w, velocity);
    run.check_loss(field.loss(), 0, 0.0, monitor);
    lines.tell(0, 0.0, network.w);
    double time = 0.0;
    double h = first_step(field, network.w, velocity, method.relative_tolerance, method.absolute_tolerance, 2.0,
                          method.times.back());
    double radius = 0.0;
    std::uint64_t steps = 0;
    for (const double end : method.times) {
        while (time < end) {
            if (steps % radius_every == 0)
                radius = 1.1 * field.slope() * largest_tangent_eigenvalue(network, task.train.x, 12);
            const double reach = 0.65 * static_cast<double>(most_stages * most_stages) / std::max(radius, 1e-300);
            h = std::min(h, reach);
            const bool lands = time + h >= end * (1.0 - 1e-14);
            const double step = lands ? end - time : h;
            const auto stages = static_cast<std::size_t>(2.0 + std::sqrt(1.0 + 1.54 * step * radius));
            arma::mat after = stages_of(field, network.w, velocity, step, stages);
            arma::mat there;
            field.velocity(after, there);
            const double error = scaled_error(0.8 * (network.w - after) + (0.4 * step) * (velocity + there), network.w,
                                              after, method.relative_tolerance, method.absolute_tolerance);
            const bool accepted = error <= 1.0;
            const double factor = !std::isfinite(error) ? 0.1
                                  : error > 0.0         ? std::clamp(0.8 / std::cbrt(error), 0.1, 5.0)
                                                        : 5.0;
            h = lands && accepted ? std::max(h, step * factor) : step * factor;
            if (!accepted) {
                if (!(h > 1e-14 * method.times.back()))
                    throw base::WorkError("the step of flow-rkc has shrunk to " + base::number_text(h) + " at time " +
                                          base::number_text(time) + "; try larger tolerances, or --method flow-exp");
                continue;
            }
            ++steps;
            time = lands ? end : time + step;
            network.w = std::move(after);
            velocity = std::move(there);
            run.check_loss(field.loss(), steps, time, monitor);
            monitor.advance(time, method.times.back(), "time");
        }
        lines.tell(steps, end, network.w);
    }
    return run.finish(std::move(network.w), lines.last());
}

} // namespace limsym::nodescaling
