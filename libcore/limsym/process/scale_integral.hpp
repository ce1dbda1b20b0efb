// Integrals over u = log s of a prior times a likelihood, and the refusal of those that doubles cannot carry.
#pragma once

#include "limsym/numerics/quadrature.hpp"
#include "limsym/process/scale_posterior.hpp"

namespace limsym::process {

/// The posterior of u as nodes. @param start near the mode
/// @throws WorkError that names the parameter of the prior which puts the law beyond the range of double, or makes it
/// narrower or its density larger than doubles resolve
[[nodiscard]] numerics::LogDensityNodes posterior_nodes(const ScalePrior& prior, const ScaleLikelihood& likelihood,
                                                        double start);

/// log of the integral of s^power p(y | s) h(s), which must exist; infinity when it lies beyond what double can follow.
/// @throws WorkError as posterior_nodes
[[nodiscard]] double log_moment_integral(const ScalePrior& prior, const ScaleLikelihood& likelihood, double start,
                                         double power);

} // namespace limsym::process
