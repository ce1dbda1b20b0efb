#include "limsym/process/scale_integral.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::process {

namespace {

// Range of u = log s. Wide, because the lightest tails in use fall off like exp(-|u|/2) only.
constexpr double lowest_log_scale = -2000.0;
constexpr double highest_log_scale = 2000.0;

constexpr double infinity = std::numeric_limits<double>::infinity();

[[noreturn]] void refuse(const ScalePrior& prior, const std::string& what) {
    const std::string parameter = extreme_parameter(prior);
    throw base::WorkError("--scale-prior", to_text(prior) + ": " + what +
                                               (parameter.empty() ? "" : " (" + parameter + ")") +
                                               "; try parameters nearer to 1, or point:V");
}

std::function<double(double)> log_integrand(const ScalePrior& prior, const ScaleLikelihood& likelihood, double power) {
    return [&prior, &likelihood, power, constant = log_normaliser(prior)](double u) {
        return constant + likelihood.log_value(u) + log_shape(prior, u) + (1.0 + power) * u;
    };
}

/// Rounding of the terms of g is noise in the log density; beyond 1 there is nothing left of it.
void require_digits(const ScalePrior& prior, const ScaleLikelihood& likelihood, double u) {
    const double of_prior = std::max(std::abs(log_normaliser(prior)), std::abs(log_shape(prior, u)));
    const double of_data = std::abs(likelihood.log_value(u));
    if (std::max(of_prior, of_data) * std::numeric_limits<double>::epsilon() < 0.5) return;
    if (of_prior >= of_data)
        refuse(prior, "its log density near the data is of size " + base::number_text(of_prior) +
                          ", more digits than double has");
    refuse(prior, "no s that it allows explains the data: the log likelihood is at most " +
                      base::number_text(likelihood.log_value(u)));
}

} // namespace

numerics::LogDensityNodes posterior_nodes(const ScalePrior& prior, const ScaleLikelihood& likelihood, double start) {
    numerics::LogDensityNodes nodes;
    try {
        nodes = numerics::integrate_log_density(log_integrand(prior, likelihood, 0.0), start, lowest_log_scale,
                                                highest_log_scale);
    } catch (const numerics::DensityError& error) {
        refuse(prior, error.kind == numerics::DensityError::Kind::zero
                          ? "no s in the range of double explains the data, the evidence underflows"
                          : "the posterior of s reaches beyond the range of double");
    }
    const auto mode = std::max_element(nodes.log_weights.begin(), nodes.log_weights.end()) - nodes.log_weights.begin();
    require_digits(prior, likelihood, nodes.nodes[static_cast<std::size_t>(mode)]);
    const double first = nodes.nodes.front();
    const double last = nodes.nodes.back();
    if (last - first < 1e-11 * std::max(std::abs(first), std::abs(last)))
        refuse(prior, "the posterior of s is narrower than doubles resolve");
    return nodes;
}

double log_moment_integral(const ScalePrior& prior, const ScaleLikelihood& likelihood, double start, double power) {
    try {
        return numerics::log_integral_far(log_integrand(prior, likelihood, power), start, lowest_log_scale,
                                          highest_log_scale);
    } catch (const numerics::DensityError& error) {
        if (error.kind == numerics::DensityError::Kind::improper) return infinity;
        refuse(prior, "no s in the range of double explains the data, the evidence underflows");
    }
}

} // namespace limsym::process
