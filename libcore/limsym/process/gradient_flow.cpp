#include "limsym/process/gradient_flow.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/numerics/eigen.hpp"
#include "limsym/process/regression.hpp"
#include "limsym/process/scale_posterior.hpp"

namespace limsym::process {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

FlowBlocks blocks_at(const FlowKernels& kernels, double s) {
    const bool same = kernels.scaled.tangent.empty() && kernels.fixed_tangent.empty();
    FlowBlocks blocks;
    const double added = kernels.fixed_covariance;
    blocks.covariance = s * kernels.scaled.covariance + added;
    blocks.test_covariance = s * kernels.scaled.test_covariance + added;
    blocks.test_variance = s * kernels.scaled.test_variance + added;
    if (same) return blocks;
    if (kernels.fixed_tangent.empty()) {
        blocks.tangent = s * kernels.scaled.tangent + added;
        blocks.test_tangent = s * kernels.scaled.test_tangent + added;
    } else {
        blocks.tangent = s * kernels.scaled.tangent + kernels.fixed_tangent;
        blocks.test_tangent = s * kernels.scaled.test_tangent + kernels.fixed_test_tangent;
    }
    return blocks;
}

[[noreturn]] void no_limit(const arma::mat& x, const std::string& place) {
    std::string sentence = "the kernel of the training data is singular";
    if (const auto repeated = first_repeated_row(x))
        sentence = "row " + std::to_string(repeated->later + 1) + " repeats row " +
                   std::to_string(repeated->earlier + 1) + ", and " + sentence;
    throw base::WorkError(place, sentence + ": training has no limit at infinite time; try a positive --reg");
}

/// Moments given s: for kernels that s multiplies, one eigendecomposition serves every s and time, because only s t
/// counts; else each s has its own.
class ConditionalFlow {
public:
    ConditionalFlow(const FlowKernels& kernels, const arma::vec& y, const FlowOptions& options)
        : kernels_(kernels), y_(y), options_(options), limit_(kernels.scaled, y, options.regulariser) {}

    /// The mean and the variance over s as s grows without bound.
    [[nodiscard]] FlowMoments limit() const { return limit_.at(infinity); }
    [[nodiscard]] bool scales() const { return kernels_.scales(); }
    [[nodiscard]] const SpectralFlow& unit() const { return limit_; }
    /// t learning_rate / N
    [[nodiscard]] double natural_time(double time) const {
        return time == 0.0 ? 0.0 : time * options_.learning_rate / static_cast<double>(y_.n_elem);
    }
    /// Given s, at each of the natural times.
    [[nodiscard]] std::vector<FlowMoments> at(double s, const std::vector<double>& times) const {
        std::vector<FlowMoments> result;
        if (scales()) {
            for (const double tau : times) {
                result.push_back(limit_.at(s * tau));
                result.back().variance *= s;
            }
            return result;
        }
        const SpectralFlow flow(blocks_at(kernels_, s), y_, s * options_.regulariser);
        for (const double tau : times)
            result.push_back(flow.at(tau));
        return result;
    }
    [[nodiscard]] bool singular_at(double s) const {
        if (scales()) return limit_.singular();
        return SpectralFlow(blocks_at(kernels_, s), y_, s * options_.regulariser).singular();
    }

private:
    const FlowKernels& kernels_;
    const arma::vec& y_;
    const FlowOptions& options_;
    SpectralFlow limit_;
};

/// Sums over scales of what differs from a reference law (mean m, variance s v), which is known exactly.
class MixtureSum {
public:
    MixtureSum(FlowMoments reference, bool with_variance)
        : reference_(std::move(reference)), with_variance_(with_variance), first_(arma::size(reference_.mean)),
          second_(arma::size(reference_.mean)), variance_(arma::size(reference_.mean)) {
        first_.zeros();
        second_.zeros();
        variance_.zeros();
    }

    void add(double weight, double s, const FlowMoments& given) {
        for (arma::uword j = 0; j < first_.n_elem; ++j) {
            const double shift = given.mean(j) - reference_.mean(j);
            first_(j) += weight * shift;
            second_(j) += weight * shift * shift;
            if (with_variance_) variance_(j) += weight * (given.variance(j) - s * reference_.variance(j));
        }
    }
    void scale(double factor) {
        first_ *= factor;
        second_ *= factor;
        variance_ *= factor;
    }
    [[nodiscard]] arma::vec mean() const { return reference_.mean + first_; }
    [[nodiscard]] arma::vec variance(double mean_scale) const {
        arma::vec result = mean_scale * reference_.variance + variance_ + second_ - arma::square(first_);
        for (double& v : result)
            v = std::max(v, 0.0);
        return result;
    }

private:
    FlowMoments reference_;
    bool with_variance_;
    arma::vec first_;
    arma::vec second_;
    arma::vec variance_;
};

/// g(u), the log density of u = log s under a continuous prior, and where it counts.
class LogScaleDensity {
public:
    LogScaleDensity(const ScalePrior& prior, const ScaleLaw& law) : prior_(prior), with_moment_(law.mean_exists) {
        const auto highest = std::max_element(law.log_weights.begin(), law.log_weights.end());
        mode_ = std::log(law.s[static_cast<std::size_t>(highest - law.log_weights.begin())]);
        const double spacing = std::log(law.s[1] / law.s[0]);
        step_ = std::exp2(std::floor(std::log2(std::min(0.5, 8.0 * spacing))));
        low_ = end(-1, 0.0);
        high_ = end(1, 0.0);
        if (with_moment_) high_ = std::max(high_, end(1, 1.0));
    }
    [[nodiscard]] double at(double u) const { return log_density(prior_, u) + u; }
    [[nodiscard]] double mode() const { return mode_; }
    /// Of a grid that integrates the density.
    [[nodiscard]] double step() const { return step_; }
    [[nodiscard]] double low() const { return low_; }
    /// Neither the density nor, when E s is finite, s times it counts beyond, unless heavy() says so.
    [[nodiscard]] double high() const { return high_; }
    [[nodiscard]] bool with_moment() const { return with_moment_; }
    /// Does s^power times the density still count at u > mode?
    [[nodiscard]] bool heavy(double u, double power) const {
        constexpr double some = 10.0;
        return at(u) + power * u > top(power) - some;
    }

private:
    [[nodiscard]] double top(double power) const {
        double highest = at(mode_) + power * mode_;
        for (double u = mode_; u < mode_ + reach; u += step_) {
            const double here = at(u) + power * u;
            if (here < highest) break;
            highest = here;
        }
        return highest;
    }
    [[nodiscard]] double end(int direction, double power) const {
        constexpr double negligible = 45.0;
        const double floor = top(power) - negligible;
        double u = mode_;
        while (std::abs(u - mode_) < reach && (at(u) + power * u > floor || at(u) > floor))
            u += direction * step_;
        return u;
    }

    static constexpr double reach = 600.0;
    const ScalePrior& prior_;
    bool with_moment_;
    double mode_ = 0.0;
    double step_ = 0.5;
    double low_ = 0.0;
    double high_ = 0.0;
};

/// A trapezoid rule in u = log s, refined until it does not change. Exponentially accurate: prior and flow are analytic
/// in u. When only s t counts, nodes lie on one grid of log(s t) for all times, and each is evaluated once.
class FlowQuadrature {
public:
    /// @param times natural, not 0; infinite only when s does not scale everything
    FlowQuadrature(const ConditionalFlow& flow, const ScalePrior& prior, const ScaleLaw& law, std::vector<double> times,
                   const base::Monitor& monitor)
        : flow_(flow), density_(prior, law), times_(std::move(times)), monitor_(monitor),
          mean_scale_(law.mean_exists ? law.mean : 0.0) {
        std::vector<FlowMoments> references = flow.at(std::exp(density_.mode()), times_);
        std::vector<double> ends(times_.size(), density_.high());
        for (std::size_t i = 0; i < times_.size(); ++i)
            ends[i] = set_reference(references[i], times_[i]);
        first_ = infinity;
        last_ = -infinity;
        for (std::size_t i = 0; i < times_.size(); ++i) {
            sums_.emplace_back(std::move(references[i]), density_.with_moment());
            first_ = std::min(first_, density_.low() + shift(times_[i]));
            last_ = std::max(last_, ends[i] + shift(times_[i]));
        }
        last_ = std::max(last_, first_);
    }

    void run() {
        constexpr int most_refinements = 8;
        double step = density_.step();
        add_nodes(step, 0.0, step);
        std::vector<arma::vec> before = values();
        for (int level = 0;; ++level) {
            for (MixtureSum& sum : sums_)
                sum.scale(0.5);
            step /= 2.0;
            add_nodes(2.0 * step, step, step);
            const std::vector<arma::vec> now = values();
            if (converged(before, now)) return;
            if (level == most_refinements) {
                monitor_.warning("the mixture over the prior of s did not settle; expect errors above 1e-8");
                return;
            }
            before = now;
        }
    }
    [[nodiscard]] const MixtureSum& sum(std::size_t time) const { return sums_[time]; }

private:
    /// From u = log s to the grid's coordinate.
    [[nodiscard]] double shift(double tau) const { return flow_.scales() ? std::log(tau) : 0.0; }

    /// The law that a sum over scales is measured from, and where the sum may end. Where the prior reaches far beyond
    /// the scale at which training is complete, it is the law of complete training.
    [[nodiscard]] double set_reference(FlowMoments& reference, double tau) const {
        reference.variance.zeros();
        const double high = density_.high();
        const bool heavy_to_the_end = density_.with_moment() && density_.heavy(high, 1.0);
        if (!flow_.scales()) {
            if (heavy_to_the_end) reference.variance = flow_.at(std::exp(high), {tau})[0].variance / std::exp(high);
            return high;
        }
        const double complete = std::log(45.0 / flow_.unit().smallest_eigenvalue()) - shift(tau);
        double end = std::max(complete, density_.low());
        if (end >= high) {
            if (heavy_to_the_end) reference.variance = flow_.unit().at(tau * std::exp(high)).variance;
            return high;
        }
        const FlowMoments limit = flow_.limit();
        const bool heavy_mean = end <= density_.mode() || density_.heavy(end, 0.0);
        const bool heavy_variance = end <= density_.mode() || density_.heavy(end, 1.0);
        if (heavy_mean) reference.mean = limit.mean;
        if (heavy_variance) reference.variance = limit.variance;
        return heavy_mean && (heavy_variance || !density_.with_moment()) ? end : high;
    }

    /// Nodes spacing * k + offset of the range, each with weight `step` times the density.
    void add_nodes(double spacing, double offset, double step) {
        const auto low = static_cast<long>(std::floor((first_ - offset) / spacing));
        const auto high = static_cast<long>(std::ceil((last_ - offset) / spacing));
        constexpr long batch = 16;
        for (long begin = low; begin <= high; begin += batch) {
            const auto count = static_cast<std::size_t>(std::min(batch, high - begin + 1));
            std::vector<std::vector<FlowMoments>> given(count);
            const auto node = [&](std::size_t k) {
                return offset + spacing * static_cast<double>(begin + static_cast<long>(k));
            };
            base::parallel_for(count, [&](std::size_t k) {
                if (flow_.scales()) {
                    given[k] = {flow_.unit().at(std::exp(node(k)))};
                } else {
                    given[k] = flow_.at(std::exp(node(k)), times_);
                }
            });
            for (std::size_t k = 0; k < count; ++k)
                add(node(k), step, given[k]);
            monitor_.advance(static_cast<double>(begin - low) + static_cast<double>(count),
                             static_cast<double>(high - low + 1), "scales");
        }
    }

    void add(double node, double step, const std::vector<FlowMoments>& given) {
        for (std::size_t i = 0; i < times_.size(); ++i) {
            const double u = node - shift(times_[i]);
            const double weight = step * std::exp(density_.at(u));
            if (!(weight > 0.0)) continue;
            const double s = std::exp(u);
            if (flow_.scales()) {
                FlowMoments at_s = given[0];
                at_s.variance *= s;
                sums_[i].add(weight, s, at_s);
            } else {
                sums_[i].add(weight, s, given[i]);
            }
        }
    }

    [[nodiscard]] std::vector<arma::vec> values() const {
        std::vector<arma::vec> result;
        for (const MixtureSum& sum : sums_) {
            result.push_back(sum.mean());
            if (density_.with_moment()) result.push_back(sum.variance(mean_scale_));
        }
        return result;
    }

    /// A change of this size means an error of about its square.
    static bool converged(const std::vector<arma::vec>& before, const std::vector<arma::vec>& now) {
        constexpr double tolerance = 1e-8;
        for (std::size_t i = 0; i < now.size(); ++i) {
            const double size = arma::abs(now[i]).max();
            if (arma::abs(now[i] - before[i]).max() > tolerance * size) return false;
        }
        return true;
    }

    const ConditionalFlow& flow_;
    LogScaleDensity density_;
    std::vector<double> times_;
    const base::Monitor& monitor_;
    std::vector<MixtureSum> sums_;
    double mean_scale_;
    double first_ = 0.0;
    double last_ = 0.0;
};

void set_student(FlowState& state, const ScalePrior& prior, const arma::vec& variance) {
    if (prior.kind != PriorKind::inverse_gamma) return;
    const double alpha = prior.parameters[0];
    const double beta = prior.parameters[1];
    state.df = 2.0 * alpha;
    state.scale = arma::sqrt(beta / alpha * variance);
}

/// Scales with given weights: the prior's atoms, or the one scale of a point.
void sum_atoms(std::vector<FlowState>& states, const ConditionalFlow& flow, const ScaleLaw& law,
               const base::Monitor& monitor) {
    if (states.empty()) return;
    std::vector<double> times;
    for (const FlowState& state : states)
        times.push_back(flow.natural_time(state.time));
    FlowMoments none = flow.unit().at(0.0);
    none.variance.zeros();
    std::vector<MixtureSum> sums(times.size(), MixtureSum(none, true));
    for (std::size_t k = 0; k < law.s.size(); ++k) {
        const std::vector<FlowMoments> given = flow.at(law.s[k], times);
        for (std::size_t i = 0; i < times.size(); ++i)
            sums[i].add(std::exp(law.log_weights[k]), law.s[k], given[i]);
        monitor.advance(static_cast<double>(k + 1), static_cast<double>(law.s.size()), "scales");
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
        states[i].mean = sums[i].mean();
        states[i].variance = sums[i].variance(0.0);
    }
}

} // namespace

std::vector<FlowState> gradient_flow(const FlowKernels& kernels, const arma::vec& y, const FlowOptions& options,
                                     const arma::mat& x, const std::string& place, const base::Monitor& monitor) {
    const ScalePrior& prior = options.prior;
    if (prior.kind == PriorKind::ml2)
        throw base::InputError("--scale-prior",
                               "ml2 is fitted to data; expected a prior, which training leaves as it is");
    const ScaleLaw law = scale_posterior(prior, 0.0, 0.0);
    const ConditionalFlow flow(kernels, y, options);
    const bool endless =
        std::any_of(options.times.begin(), options.times.end(), [](double t) { return std::isinf(t); });
    if (endless && flow.singular_at(law.quantile(0.5))) no_limit(x, place);

    std::vector<FlowState> states(options.times.size());
    std::vector<std::size_t> to_mix; // continuous prior: no closed form
    for (std::size_t i = 0; i < states.size(); ++i) {
        FlowState& state = states[i];
        state.time = options.times[i];
        const bool initial = flow.natural_time(state.time) == 0.0;
        const bool simple = initial || (std::isinf(state.time) && flow.scales());
        if (!is_continuous(prior)) continue;
        if (!simple) {
            to_mix.push_back(i);
            continue;
        }
        // The mean does not depend on s.
        FlowMoments unit = flow.unit().at(initial ? 0.0 : infinity);
        if (kernels.fixed_covariance == 0.0) set_student(state, prior, unit.variance);
        state.mean = std::move(unit.mean);
        if (law.mean_exists) state.variance = law.mean * unit.variance + kernels.fixed_covariance;
    }
    if (!is_continuous(prior)) {
        sum_atoms(states, flow, law, monitor);
        return states;
    }
    if (to_mix.empty()) return states;
    std::vector<double> times;
    for (const std::size_t i : to_mix)
        times.push_back(flow.natural_time(states[i].time));
    FlowQuadrature quadrature(flow, prior, law, times, monitor);
    quadrature.run();
    for (std::size_t k = 0; k < to_mix.size(); ++k) {
        states[to_mix[k]].mean = quadrature.sum(k).mean();
        if (law.mean_exists) states[to_mix[k]].variance = quadrature.sum(k).variance(law.mean);
    }
    return states;
}

double largest_rate(const FlowKernels& kernels, double s) {
    const FlowBlocks blocks = blocks_at(kernels, s);
    return numerics::symmetric_eigen(blocks.tangent.empty() ? blocks.covariance : blocks.tangent, false).values.back();
}

std::uint64_t flow_bytes(std::uint64_t rows, std::uint64_t test_rows, TrainedLayers layers) {
    // Kernels, eigenvectors, LAPACK's workspace of 2 n^2, and for all layers the core and its making.
    const std::uint64_t squares = layers == TrainedLayers::readout ? 6 : 9;
    const std::uint64_t blocks = layers == TrainedLayers::readout ? 3 : 8;
    const std::uint64_t square = base::saturating_product(base::saturating_product(rows, rows), 8 * squares);
    const std::uint64_t across = base::saturating_product(base::saturating_product(rows, test_rows), 8 * blocks);
    return square > std::numeric_limits<std::uint64_t>::max() - across ? std::numeric_limits<std::uint64_t>::max()
                                                                       : square + across;
}

} // namespace limsym::process
