// What the data say about s: with noise that s scales they enter through d = y' A^-1 y and N = (number of y) alone, so
// everything is a one-dimensional integral over u = log s.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "limsym/process/scale_prior.hpp"

namespace limsym::process {

enum class ScaleInference { quadrature, importance };
enum class Proposal { conjugate, prior };

struct ImportanceOptions {
    std::size_t samples = 1000;
    Proposal proposal = Proposal::conjugate;
    std::uint64_t seed = 0;
    std::vector<double> draws; ///< --draws: used in place of sampling from the prior, when not empty
};

/// A law of s given as weighted points; closed forms kept where they exist.
struct ScaleLaw {
    std::vector<double> s;           ///< ascending for quadrature; in order of drawing for importance sampling
    std::vector<double> log_weights; ///< normalised
    bool continuous = false;         ///< the points are equally spaced in log s and stand for a smooth density
    double log_integral = 0.0;       ///< log of the integral of s^(-N/2) exp(-d/(2s)) h(s)
    double mean = 0.0;
    std::optional<double> sd; ///< nothing when infinite or undefined
    std::optional<std::string> sd_reason;
    bool mean_exists = true;     ///< false: `mean` is meaningless (infinite)
    std::optional<double> alpha; ///< of the inverse-gamma posterior
    std::optional<double> beta;
    std::optional<double> effective_sample_size; ///< of importance sampling
    double mean_inverse = 0.0;                   ///< E 1/s; infinity when it does not exist

    /// Quantile, 0 < p < 1 (closed form for inverse gamma; else from the weighted points, accurate to 1e-8 for
    /// quadrature).
    [[nodiscard]] double quantile(double p) const;
};

/// The posterior of s. N = 0 and d = 0 give the prior.
/// @throws WorkError improper posterior (mass at s = 0), zero evidence, ml2 with d = 0
[[nodiscard]] ScaleLaw scale_posterior(const ScalePrior& prior, double d, double n);
/// The same without closed forms, for every continuous prior.
[[nodiscard]] ScaleLaw scale_posterior_by_quadrature(const ScalePrior& prior, double d, double n);
/// Self-normalised importance sampling. Proposal::conjugate draws from the normalised likelihood IG(N/2 - 1, d/2), or
/// from a Student t in log s at the mode when that does not exist (N <= 2 or d = 0). Priors of atoms are summed
/// exactly.
[[nodiscard]] ScaleLaw scale_posterior_by_importance(const ScalePrior& prior, double d, double n,
                                                     const ImportanceOptions& options);
/// Only log of the integral of s^(-N/2) exp(-d/(2s)) h(s); ml2 has the maximum over s in its place.
[[nodiscard]] double log_scale_integral(const ScalePrior& prior, double d, double n);
/// log p(y) = -N/2 log(2 pi) - logdet/2 + log_integral; ml2 plugs in s = d/N.
/// @param logdet of the whole covariance: outputs times log det A
[[nodiscard]] double log_evidence(double log_integral, double n, double logdet);
[[nodiscard]] double log_evidence(const ScaleLaw& law, double n, double logdet);

/// log p(y | s) as a function of u = log s, and how p(y | s) behaves at the ends.
struct ScaleLikelihood {
    std::function<double(double)> log_value;
    double right_order = 0.0; ///< like s^-right_order for large s
    double left_order = 0.0;  ///< like s^left_order for small s; infinity: faster than any power
};
/// The posterior of s under any likelihood; ScaleLaw::log_integral is then log p(y).
[[nodiscard]] ScaleLaw scale_posterior(const ScalePrior& prior, const ScaleLikelihood& likelihood);
[[nodiscard]] double log_scale_integral(const ScalePrior& prior, const ScaleLikelihood& likelihood);

/// {mean, sd, q05, q50, q95, alpha?, beta?, ess?}, null with a reason where a moment is infinite.
[[nodiscard]] data::Json to_json(const ScaleLaw& law);

} // namespace limsym::process
