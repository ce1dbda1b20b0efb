// Parameters of a symmetric stable law from a sample.
#pragma once

#include <armadillo>
#include <array>
#include <optional>
#include <string>

#include "limsym/stable/law.hpp"

namespace limsym::stable {

/// What quantiles, regression of the characteristic function, or maximum likelihood found.
struct Fit {
    Law law;
    /// alpha was cut at an end of its range, or the likelihood rises up to alpha = 2.
    bool boundary = false;
    std::optional<double> log_likelihood; ///< likelihood only
    std::optional<Law> standard_errors;   ///< likelihood only: of alpha, sigma, loc (0 where fixed or at the bound)
    std::array<double, 5> quantiles{};    ///< quantile fit only: at .05 .25 .5 .75 .95, type 7
    double nu_alpha = 0.0;                ///< quantile fit only: (q.95 - q.05)/(q.75 - q.25)
};

enum class FitMethod { quantiles, characteristic_function, likelihood };

/// The estimates need this many values.
inline constexpr std::size_t fewest_values = 20;

/// @param fixed_loc the location when it is known; else the median, or an estimate
/// @throws WorkError when all values are equal, or the sample's middle half is one value (quantiles)
[[nodiscard]] Fit fit(const arma::vec& values, FitMethod method, std::optional<double> fixed_loc = std::nullopt);

/// McCulloch's estimate for the symmetric case: alpha in [0.2, 2] from nu_alpha, whose map is computed from exact
/// quantiles, sigma from the interquartile range.
[[nodiscard]] Fit fit_by_quantiles(const arma::vec& values, std::optional<double> fixed_loc = std::nullopt);

/// Koutrouvelis's regression for the symmetric case: log(-log |phi(t)|^2) on log t, t = 0.1, 0.2, ..., 1 in units of
/// the scale, repeated until the scale stays. Where it does not (heavy tails, alpha below about 0.7): the mean over
/// units within a factor 1.2 of the scale. Estimates of a rescaled sample are rescaled, to rounding.
[[nodiscard]] Fit fit_by_characteristic_function(const arma::vec& values,
                                                 std::optional<double> fixed_loc = std::nullopt);

/// Maximum likelihood by Newton's method from the regression; standard errors from the observed information.
[[nodiscard]] Fit fit_by_likelihood(const arma::vec& values, std::optional<double> fixed_loc = std::nullopt);

/// Sum of log densities, in fixed blocks.
[[nodiscard]] double log_likelihood(const Law& law, const arma::vec& values);

} // namespace limsym::stable
