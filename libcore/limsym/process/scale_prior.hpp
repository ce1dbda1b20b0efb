// Priors on the variance s of a network's last layer, which turn its Gaussian process limit into a scale mixture
// (Lee, Yun, Yang, Lee, "Scale Mixtures of Neural Network Gaussian Processes", ICLR 2022).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "limsym/base/random.hpp"
#include "limsym/data/json.hpp"

namespace limsym::process {

enum class PriorKind {
    point,
    ml2,
    inverse_gamma,
    burr12,
    gamma,
    lognormal,
    half_cauchy,
    beta_prime,
    inverse_gaussian,
    discrete,
    draws,
};

/// A prior density of s > 0. Parameters in the order of the page: point {s}; inverse_gamma {alpha, beta};
/// burr12 {c, d, scale}; gamma {shape, rate}; lognormal {mu, tau} of log s; half_cauchy {scale} on sqrt(s);
/// beta_prime {a, b, scale}; inverse_gaussian {mean, shape}.
struct ScalePrior {
    PriorKind kind = PriorKind::point;
    std::vector<double> parameters{1.0};
    std::string file;                ///< of discrete and draws
    std::vector<double> atoms;       ///< s values of discrete and draws
    std::vector<double> log_weights; ///< normalised, of atoms
};

/// "inverse_gamma:alpha=2,beta=2", "point:1", "ml2", "discrete:FILE".
/// @throws InputError at `option` with did-you-mean, or at FILE:LINE
[[nodiscard]] ScalePrior parse_scale_prior(const std::string& text, const std::string& option = "--scale-prior");
/// {"name":"inverse_gamma","params":{"alpha":2,"beta":2}}; discrete and draws name their file.
[[nodiscard]] data::Json to_json(const ScalePrior& prior);
/// The same with the atoms of discrete and draws, so that the file is not needed again.
[[nodiscard]] data::Json to_json_with_atoms(const ScalePrior& prior);
[[nodiscard]] ScalePrior scale_prior_from_json(const data::Json& value, const std::string& file,
                                               const std::string& pointer);
/// The text that parse_scale_prior reads back.
[[nodiscard]] std::string to_text(const ScalePrior& prior);

/// The parameter whose size is farthest from 1, as "rate=1e+300"; empty when none is beyond 1e+-8.
[[nodiscard]] std::string extreme_parameter(const ScalePrior& prior);

/// Is s spread over a continuum (neither point, ml2, discrete nor draws)?
[[nodiscard]] bool is_continuous(const ScalePrior& prior);
/// log h(exp(u)) of a continuous prior (density in s, not in u).
[[nodiscard]] double log_density(const ScalePrior& prior, double log_s);
/// Its two parts: what does not depend on s, and what does.
[[nodiscard]] double log_normaliser(const ScalePrior& prior);
[[nodiscard]] double log_shape(const ScalePrior& prior, double log_s);
/// E s^k is finite for k below this; infinity for gamma, lognormal, inverse_gaussian and atoms.
[[nodiscard]] double right_tail_index(const ScalePrior& prior);
/// E s^-k is finite for k below this.
[[nodiscard]] double left_tail_index(const ScalePrior& prior);
/// One draw of s; ml2 is no distribution (InputError).
[[nodiscard]] double draw(const ScalePrior& prior, base::RandomStream& stream);

} // namespace limsym::process
