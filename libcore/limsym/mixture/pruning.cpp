#include "limsym/mixture/pruning.hpp"

#include <algorithm>
#include <armadillo>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <string>

#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/mixture/node_variances.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::mixture {

ThresholdError threshold_error(const LimitLaw& law, double eps, std::size_t layers) {
    ThresholdError error;
    error.kept = eps > 0.0 ? law.tail(eps) : law.mass();
    if (!std::isfinite(law.moment(1))) return error;
    const double below = eps > 0.0 ? law.moment_below(1, eps) : 0.0;
    const double delta = std::min(1.0, (law.drift() + below) / law.mean_sum());
    error.delta = delta;
    error.bound = -std::expm1(static_cast<double>(layers) * std::log1p(-delta));
    return error;
}

namespace {

/// The part of a prior's terms that is p times a variance of finite mean: its mean and its Lorenz curve.
struct Drift {
    double mean;
    bool constant;
    double lorenz; ///< at kappa
};

Drift drift_of(const Family& family, double kappa) {
    if (const auto* f = std::get_if<Constant>(&family)) return {f->c, true, kappa};
    if (const auto* f = std::get_if<SpikeSlab>(&family)) return {f->spike, true, kappa};
    if (const auto* f = std::get_if<InverseGamma>(&family)) {
        if (f->shape > 1.0) {
            const double g = kappa > 0.0 ? boost::math::gamma_p_inv(f->shape, 1.0 - kappa) : 0.0;
            return {f->scale / (f->shape - 1.0), false, kappa > 0.0 ? boost::math::gamma_q(f->shape - 1.0, g) : 0.0};
        }
        // the sum comes from the few largest of the nodes: any fixed share of the small ones adds nothing
        if (f->shape == 1.0) return {f->scale, false, 0.0};
    }
    if (const auto* f = std::get_if<GroupLasso>(&family)) {
        const double shape = 0.5 * (f->outputs + 1.0);
        const double q = boost::math::gamma_p_inv(shape, kappa);
        return {f->c, false, boost::math::gamma_p(shape + 1.0, q)};
    }
    return {0.0, true, 0.0};
}

} // namespace

std::optional<double> lost_share(const Prior& prior, double kappa) {
    const LimitLaw law = limit_law(prior);
    if (!std::isfinite(law.moment(1))) return std::nullopt;
    double lost = 0.0;
    std::size_t random = 0;
    for (const Family& family : prior.terms) {
        const Drift drift = drift_of(family, kappa);
        lost += drift.mean * drift.lorenz;
        if (!drift.constant && drift.mean > 0.0) ++random;
    }
    // Constants keep the order of the nodes, a second random drift does not.
    if (random > 1) return std::nullopt;
    return lost / law.mean_sum();
}

namespace {

/// Kernels of a net and of its pruned twin at one input, and between the two.
struct Twin {
    double full = 1.0;
    double pruned = 1.0;
    double cross = 1.0;
};

struct Layer {
    std::vector<double> variances;
    std::vector<double> normals; ///< two a node
};

Twin step(const Twin& before, const Layer& layer, double eps) {
    const double root = std::sqrt(before.full);
    const double slope = before.full > 0.0 ? before.cross / root : 0.0;
    const double rest = std::sqrt(std::max(0.0, before.pruned - slope * slope));
    Twin next{0.0, 0.0, 0.0};
    const std::size_t width = layer.variances.size();
    const double* const first = layer.normals.data();
    const double* const second = first + width;
    for (std::size_t j = 0; j < width; ++j) {
        const double lambda = layer.variances[j];
        const double z = std::max(0.0, root * first[j]);
        next.full += lambda * z * z;
        if (lambda > eps) {
            const double y = std::max(0.0, slope * first[j] + rest * second[j]);
            next.pruned += lambda * y * y;
            next.cross += lambda * z * y;
        }
    }
    return next;
}

} // namespace

std::vector<SimulatedError> simulate_pruning(const Prior& prior, const PruningPlan& plan,
                                             const base::Monitor& monitor) {
    arma::mat errors(plan.eps.size(), plan.count, arma::fill::none);
    arma::vec full(plan.count, arma::fill::none);
    base::parallel_for(
        plan.count,
        [&](std::size_t i) {
            std::vector<Layer> layers(plan.layers);
            for (std::size_t l = 0; l < plan.layers; ++l) {
                layers[l].variances.resize(plan.width);
                draw_node_variances(prior, plan.width, plan.width, plan.seed, l + 1, i, layers[l].variances.data());
                layers[l].normals.resize(2 * plan.width);
                base::RandomStream stream(plan.seed, "hidden units " + std::to_string(l + 1), i);
                numerics::fill_normal(stream, layers[l].normals.data(), 2 * plan.width);
            }
            for (std::size_t e = 0; e < plan.eps.size(); ++e) {
                Twin twin;
                for (const Layer& layer : layers)
                    twin = step(twin, layer, plan.eps[e]);
                errors(e, i) = std::max(0.0, twin.full - 2.0 * twin.cross + twin.pruned);
                full(i) = twin.full;
            }
        },
        monitor, "networks");
    const LimitLaw law = limit_law(prior);
    const double exact = std::pow(0.5 * law.mean_sum(), static_cast<double>(plan.layers));
    const double whole = std::isfinite(exact) ? exact : arma::mean(full);
    std::vector<SimulatedError> result;
    for (std::size_t e = 0; e < plan.eps.size(); ++e) {
        const arma::rowvec row = errors.row(e) / whole;
        const double deviation = plan.count > 1 ? arma::stddev(row) : 0.0;
        result.push_back({arma::mean(row), deviation / std::sqrt(static_cast<double>(plan.count))});
    }
    return result;
}

} // namespace limsym::mixture
