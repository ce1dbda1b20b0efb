// Scale mixtures of normals: the predictive law of a process whose scale s has a posterior.
#pragma once

#include <optional>

#include "limsym/process/scale_posterior.hpp"

namespace limsym::process {

/// The posterior of s with the data summary that it comes from, so that predictive densities are exact integrals and
/// not sums over few points.
struct ScaleMixture {
    ScalePrior prior;
    double d = 0.0;
    double n = 0.0;
    ScaleLaw law;

    /// Degrees of freedom when the mixture is a Student t (inverse-gamma law of s).
    [[nodiscard]] std::optional<double> degrees_of_freedom() const;
    /// The t's scale for unit variance relative to s: sqrt(beta/alpha).
    [[nodiscard]] double student_scale() const;
};

/// log density of `outputs` values that share s, each normal given s with variance s v.
/// @param distance sum over the outputs of (y - mean)^2 / v @param log_variance log v
[[nodiscard]] double log_predictive_density(const ScaleMixture& mixture, double distance, double log_variance,
                                            double outputs);
/// z with P(sqrt(s) Z <= z) = p for Z standard normal; 0 < p < 1. A quantile of the mixture is mean + z sqrt(v).
[[nodiscard]] double standard_quantile(const ScaleMixture& mixture, double p);

/// A root of an increasing function, bracketed outwards from [-reach, reach].
[[nodiscard]] double increasing_root(const std::function<double(double)>& f, double reach);

} // namespace limsym::process
