#include "limsym/process/scale_posterior.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/numerics/distributions.hpp"
#include "limsym/numerics/minimise.hpp"
#include "limsym/numerics/quadrature.hpp"
#include "limsym/numerics/variates.hpp"
#include "limsym/process/scale_integral.hpp"
#include "limsym/process/scale_quantile.hpp"

namespace limsym::process {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

double log_likelihood(double d, double n, double u) {
    return -0.5 * n * u - (d > 0.0 ? 0.5 * d * std::exp(-u) : 0.0);
}

ScaleLikelihood likelihood_of(double d, double n) {
    return {[d, n](double u) { return log_likelihood(d, n, u); }, 0.5 * n, d > 0.0 ? infinity : -0.5 * n};
}

double start_of(double d, double n) {
    return std::log((1.0 + 0.5 * d) / (1.0 + 0.5 * n));
}

void require_proper(const ScalePrior& prior, double d, double n) {
    const double index = left_tail_index(prior);
    if (d > 0.0 || 0.5 * n < index) return;
    throw base::WorkError("the posterior of s is improper, all its mass is at s = 0: y is 0 exactly and N/2 = " +
                          base::number_text(0.5 * n) + " is not below " + base::number_text(index) +
                          ", the order at which " + to_text(prior) +
                          " vanishes at 0; try --scale-prior inverse_gamma:alpha=2,beta=2");
}

[[noreturn]] void no_ml2_maximum() {
    throw base::WorkError("ml2: the maximising s = d/N is 0, because y is 0 everywhere (a constant target, when "
                          "standardised); try --scale-prior inverse_gamma:alpha=2,beta=2");
}

ScaleLaw law_of_atom(double s) {
    ScaleLaw law;
    law.s = {s};
    law.log_weights = {0.0};
    law.mean = s;
    law.sd = 0.0;
    law.mean_inverse = 1.0 / s;
    return law;
}

/// Moments as sums over the points.
void sum_moments(ScaleLaw& law) {
    law.mean = 0.0;
    law.mean_inverse = 0.0;
    for (std::size_t j = 0; j < law.s.size(); ++j) {
        const double weight = std::exp(law.log_weights[j]);
        if (weight == 0.0) continue;
        law.mean += weight * law.s[j];
        law.mean_inverse += weight / law.s[j];
    }
    double variance = 0.0;
    for (std::size_t j = 0; j < law.s.size(); ++j) {
        const double weight = std::exp(law.log_weights[j]);
        if (weight > 0.0) variance += weight * (law.s[j] - law.mean) * (law.s[j] - law.mean);
    }
    law.sd = std::sqrt(variance);
}

/// E s^k exists for k below `index` only.
void drop_infinite_moments(ScaleLaw& law, double index) {
    if (index <= 1.0) law.mean_exists = false;
    if (index <= 2.0) {
        law.sd = std::nullopt;
        law.sd_reason = "infinite: E s^k exists for k < " + base::number_text(index) + " only";
    }
}

ScaleLaw law_of_atoms(const ScalePrior& prior, const ScaleLikelihood& likelihood) {
    ScaleLaw law;
    law.s = prior.atoms;
    for (std::size_t k = 0; k < prior.atoms.size(); ++k)
        law.log_weights.push_back(prior.log_weights[k] + likelihood.log_value(std::log(prior.atoms[k])));
    law.log_integral = numerics::log_sum_exp(law.log_weights);
    if (!std::isfinite(law.log_integral))
        throw base::WorkError("the evidence of " + to_text(prior) + " underflows: no atom explains the data");
    double squares = 0.0;
    for (double& w : law.log_weights) {
        w -= law.log_integral;
        squares += std::exp(2.0 * w);
    }
    if (prior.kind == PriorKind::draws) law.effective_sample_size = 1.0 / squares;
    sum_moments(law);
    return law;
}

/// Without moments.
ScaleLaw law_of_nodes(const numerics::LogDensityNodes& nodes) {
    ScaleLaw law;
    law.continuous = true;
    law.log_integral = nodes.log_integral;
    law.log_weights = nodes.log_weights;
    for (const double u : nodes.nodes)
        law.s.push_back(std::exp(u));
    return law;
}

ScaleLaw law_of_continuum(const ScalePrior& prior, const ScaleLikelihood& likelihood, double start) {
    const numerics::LogDensityNodes nodes = posterior_nodes(prior, likelihood, start);
    ScaleLaw law = law_of_nodes(nodes);
    const double index = likelihood.right_order + right_tail_index(prior);
    const double left_index = likelihood.left_order + left_tail_index(prior);
    // Where an integrand has not fallen off at the last point, the moment has a range of its own.
    const auto reaches_beyond = [&](double power, std::size_t end) {
        double top = -infinity;
        for (std::size_t j = 0; j < nodes.nodes.size(); ++j)
            top = std::max(top, nodes.log_weights[j] + power * nodes.nodes[j]);
        return nodes.log_weights[end] + power * nodes.nodes[end] > top - 40.0;
    };
    if (index > 10.0 && left_index > 10.0 && !reaches_beyond(2.0, nodes.nodes.size() - 1) && !reaches_beyond(-1.0, 0)) {
        sum_moments(law);
        return law;
    }
    const auto log_moment = [&](double power) {
        return log_moment_integral(prior, likelihood, start, power) - nodes.log_integral;
    };
    law.mean_inverse = left_index > 1.0 ? std::exp(log_moment(-1.0)) : infinity;
    if (index > 1.0) law.mean = std::exp(log_moment(1.0));
    if (index > 2.0) law.sd = law.mean * std::sqrt(std::max(0.0, std::expm1(log_moment(2.0) - 2.0 * log_moment(1.0))));
    drop_infinite_moments(law, index);
    return law;
}

double inverse_gamma_integral(double alpha, double beta, double d, double n) {
    // Gamma(alpha + N/2)/Gamma(alpha) beta^alpha (beta + d/2)^-(alpha + N/2)
    return numerics::log_gamma_ratio(alpha, 0.5 * n) - alpha * std::log1p(0.5 * d / beta) -
           0.5 * n * std::log(beta + 0.5 * d);
}

ScaleLaw conjugate_law(const ScalePrior& prior, double d, double n) {
    const double alpha = prior.parameters[0] + 0.5 * n;
    const double beta = prior.parameters[1] + 0.5 * d;
    // So narrow a law is a point to double precision.
    ScaleLaw law = alpha > 1e13 ? law_of_atom(beta / alpha)
                                : law_of_nodes(posterior_nodes(prior, likelihood_of(d, n), start_of(d, n)));
    law.alpha = alpha;
    law.beta = beta;
    law.log_integral = inverse_gamma_integral(prior.parameters[0], prior.parameters[1], d, n);
    law.mean_inverse = alpha / beta;
    law.mean = beta / (alpha - 1.0);
    law.sd = law.mean / std::sqrt(alpha - 2.0);
    drop_infinite_moments(law, alpha);
    return law;
}

struct WeightedDraws {
    std::vector<double> log_s;
    std::vector<double> log_weights; ///< likelihood times prior over proposal
};

WeightedDraws conjugate_draws(const ScalePrior& prior, double d, double n, const ImportanceOptions& options) {
    WeightedDraws draws;
    const double shape = 0.5 * n - 1.0;
    const double log_mass = numerics::log_gamma(shape) - shape * std::log(0.5 * d);
    for (std::size_t i = 0; i < options.samples; ++i) {
        base::RandomStream stream(options.seed, "scale importance", i);
        const double u = std::log(0.5 * d) - numerics::log_gamma_variate(stream, shape);
        draws.log_s.push_back(u);
        draws.log_weights.push_back(log_mass + log_density(prior, u));
    }
    return draws;
}

/// Student t with 4 degrees of freedom in u = log s, at the mode and with the curvature of the posterior there.
WeightedDraws student_draws(const ScalePrior& prior, double d, double n, const ImportanceOptions& options) {
    constexpr double df = 4.0;
    const auto g = [&](double u) { return log_likelihood(d, n, u) + log_density(prior, u) + u; };
    const numerics::LogDensityNodes nodes = posterior_nodes(prior, likelihood_of(d, n), start_of(d, n));
    double mean = 0.0;
    double square = 0.0;
    for (std::size_t j = 0; j < nodes.nodes.size(); ++j)
        mean += std::exp(nodes.log_weights[j]) * nodes.nodes[j];
    for (std::size_t j = 0; j < nodes.nodes.size(); ++j)
        square += std::exp(nodes.log_weights[j]) * (nodes.nodes[j] - mean) * (nodes.nodes[j] - mean);
    const double width = std::sqrt(square);
    WeightedDraws draws;
    for (std::size_t i = 0; i < options.samples; ++i) {
        base::RandomStream stream(options.seed, "scale importance", i);
        const double z = numerics::normal(stream);
        const double t = z / std::sqrt(2.0 * numerics::gamma(stream, 0.5 * df) / df);
        const double u = mean + width * t;
        draws.log_s.push_back(u);
        draws.log_weights.push_back(g(u) - (numerics::student_t_log_density(t, df) - std::log(width)));
    }
    return draws;
}

WeightedDraws prior_draws(const ScalePrior& prior, double d, double n, const ImportanceOptions& options) {
    WeightedDraws draws;
    if (options.draws.empty()) {
        for (std::size_t i = 0; i < options.samples; ++i) {
            base::RandomStream stream(options.seed, "scale importance", i);
            draws.log_s.push_back(std::log(draw(prior, stream)));
        }
    } else {
        for (const double s : options.draws)
            draws.log_s.push_back(std::log(s));
    }
    for (const double u : draws.log_s)
        draws.log_weights.push_back(log_likelihood(d, n, u));
    return draws;
}

double maximum_likelihood_scale(const ScaleLikelihood& likelihood) {
    const auto minus = [&](double u) { return -likelihood.log_value(u); };
    return std::exp(numerics::minimise_on_interval(minus, -60.0, 60.0, 1e-12, 240).x);
}

} // namespace

double ScaleLaw::quantile(double p) const {
    if (alpha) return numerics::inverse_gamma_quantile(p, *alpha, *beta);
    return continuous ? quantile_of_nodes(s, log_weights, p) : quantile_of_atoms(s, log_weights, p);
}

ScaleLaw scale_posterior(const ScalePrior& prior, double d, double n) {
    switch (prior.kind) {
    case PriorKind::point: {
        ScaleLaw law = law_of_atom(prior.parameters[0]);
        law.log_integral = log_scale_integral(prior, d, n);
        return law;
    }
    case PriorKind::ml2: {
        if (!(d > 0.0) || !(n > 0.0)) no_ml2_maximum();
        ScaleLaw law = law_of_atom(d / n);
        law.log_integral = log_scale_integral(prior, d, n);
        return law;
    }
    case PriorKind::discrete:
    case PriorKind::draws:
        return law_of_atoms(prior, likelihood_of(d, n));
    case PriorKind::inverse_gamma:
        return conjugate_law(prior, d, n);
    default:
        return scale_posterior_by_quadrature(prior, d, n);
    }
}

ScaleLaw scale_posterior_by_quadrature(const ScalePrior& prior, double d, double n) {
    require_proper(prior, d, n);
    return law_of_continuum(prior, likelihood_of(d, n), start_of(d, n));
}

ScaleLaw scale_posterior_by_importance(const ScalePrior& prior, double d, double n, const ImportanceOptions& options) {
    if (!is_continuous(prior) && options.draws.empty()) return scale_posterior(prior, d, n);
    require_proper(prior, d, n);
    const bool from_prior = options.proposal == Proposal::prior || !options.draws.empty();
    const WeightedDraws draws = from_prior           ? prior_draws(prior, d, n, options)
                                : n > 2.0 && d > 0.0 ? conjugate_draws(prior, d, n, options)
                                                     : student_draws(prior, d, n, options);
    ScaleLaw law;
    const double total = numerics::log_sum_exp(draws.log_weights);
    if (!std::isfinite(total))
        throw base::WorkError("every importance weight underflows; try --proposal conjugate or quadrature");
    law.log_integral = total - std::log(static_cast<double>(draws.log_s.size()));
    double squares = 0.0;
    for (std::size_t i = 0; i < draws.log_s.size(); ++i) {
        law.s.push_back(std::exp(draws.log_s[i]));
        law.log_weights.push_back(draws.log_weights[i] - total);
        squares += std::exp(2.0 * law.log_weights.back());
    }
    law.effective_sample_size = 1.0 / squares;
    sum_moments(law);
    drop_infinite_moments(law, 0.5 * n + right_tail_index(prior));
    return law;
}

double log_scale_integral(const ScalePrior& prior, double d, double n) {
    switch (prior.kind) {
    case PriorKind::point:
        return log_likelihood(d, n, std::log(prior.parameters[0]));
    case PriorKind::ml2:
        if (!(d > 0.0) || !(n > 0.0)) no_ml2_maximum();
        return -0.5 * n * (std::log(d / n) + 1.0);
    case PriorKind::discrete:
    case PriorKind::draws:
        return law_of_atoms(prior, likelihood_of(d, n)).log_integral;
    case PriorKind::inverse_gamma:
        return inverse_gamma_integral(prior.parameters[0], prior.parameters[1], d, n);
    default:
        require_proper(prior, d, n);
        return posterior_nodes(prior, likelihood_of(d, n), start_of(d, n)).log_integral;
    }
}

double log_evidence(double log_integral, double n, double logdet) {
    return -0.5 * n * std::log(2.0 * std::numbers::pi) - 0.5 * logdet + log_integral;
}

double log_evidence(const ScaleLaw& law, double n, double logdet) {
    return log_evidence(law.log_integral, n, logdet);
}

ScaleLaw scale_posterior(const ScalePrior& prior, const ScaleLikelihood& likelihood) {
    switch (prior.kind) {
    case PriorKind::point:
    case PriorKind::ml2: {
        ScaleLaw law =
            law_of_atom(prior.kind == PriorKind::point ? prior.parameters[0] : maximum_likelihood_scale(likelihood));
        law.log_integral = likelihood.log_value(std::log(law.mean));
        return law;
    }
    case PriorKind::discrete:
    case PriorKind::draws:
        return law_of_atoms(prior, likelihood);
    default:
        return law_of_continuum(prior, likelihood, 0.0);
    }
}

double log_scale_integral(const ScalePrior& prior, const ScaleLikelihood& likelihood) {
    if (is_continuous(prior)) return posterior_nodes(prior, likelihood, 0.0).log_integral;
    return scale_posterior(prior, likelihood).log_integral;
}

data::Json to_json(const ScaleLaw& law) {
    data::Json value = data::Json::object();
    const auto put = [&](const std::string& name, std::optional<double> number, const std::string& reason) {
        const bool written = number && std::isfinite(*number);
        value[name] = written ? data::Json(*number) : data::Json(nullptr);
        if (!written) value[name + "_reason"] = number ? "leaves the range of double" : reason;
    };
    put("mean", law.mean_exists ? std::optional<double>(law.mean) : std::nullopt, "infinite");
    put("sd", law.sd, law.sd_reason.value_or("infinite"));
    put("q05", law.quantile(0.05), "");
    put("q50", law.quantile(0.5), "");
    put("q95", law.quantile(0.95), "");
    if (law.alpha) {
        value["alpha"] = *law.alpha;
        value["beta"] = *law.beta;
    }
    if (law.effective_sample_size) value["ess"] = *law.effective_sample_size;
    return value;
}

} // namespace limsym::process
