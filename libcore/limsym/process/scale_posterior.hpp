// What the data say about s: they enter through d = y' A^-1 y and N = (number of y) alone, so everything is a
// one-dimensional integral over u = log s.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/monitor.hpp"
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
    double log_integral = 0.0;       ///< log of the integral of s^(-N/2) exp(-d/(2s)) h(s)
    double mean = 0.0;
    std::optional<double> sd; ///< nothing when infinite or undefined
    std::optional<std::string> sd_reason;
    bool mean_exists = true;     ///< false: `mean` is meaningless (infinite)
    std::optional<double> alpha; ///< of the inverse-gamma posterior
    std::optional<double> beta;
    std::optional<double> effective_sample_size; ///< of importance sampling
    double mean_inverse = 0.0;                   ///< E 1/s

    /// Quantile, 0 < p < 1 (closed form for inverse gamma; else from the weighted points, accurate to 1e-8 for
    /// quadrature).
    [[nodiscard]] double quantile(double p) const;
};

/// The posterior of s. N = 0 and d = 0 give the prior.
/// @throws WorkError improper posterior (mass at s = 0), zero evidence, ml2 with d = 0
[[nodiscard]] ScaleLaw scale_posterior(const ScalePrior& prior, double d, double n);
[[nodiscard]] ScaleLaw scale_posterior_by_importance(const ScalePrior& prior, double d, double n,
                                                     const ImportanceOptions& options);
/// log p(y) = -N/2 log(2 pi) - logdet/2 + log_integral; ml2 plugs in s = d/N.
/// @param logdet of the whole covariance: outputs times log det A
[[nodiscard]] double log_evidence(const ScaleLaw& law, double n, double logdet);

} // namespace limsym::process
