// Densities and quantiles that processes need, safe in the tails; Boost.Math below.
#pragma once

namespace limsym::numerics {

[[nodiscard]] double normal_log_density(double z);
[[nodiscard]] double normal_cdf(double z);
/// 0 < p < 1
[[nodiscard]] double normal_quantile(double p);
/// Standard Student t with df > 0; df > 1e6 uses the normal with its 1/df corrections.
[[nodiscard]] double student_t_log_density(double z, double df);
[[nodiscard]] double student_t_cdf(double z, double df);
[[nodiscard]] double student_t_quantile(double p, double df);
/// Inverse gamma with density beta^alpha / Gamma(alpha) s^(-alpha-1) exp(-beta/s).
[[nodiscard]] double inverse_gamma_quantile(double p, double alpha, double beta);
[[nodiscard]] double gamma_quantile(double p, double shape, double rate);
/// log Gamma(x + delta) - log Gamma(x) without cancellation for large x; x > 0, x + delta > 0.
[[nodiscard]] double log_gamma_ratio(double x, double delta);
[[nodiscard]] double log_gamma(double x);
[[nodiscard]] double digamma(double x);

/// Continuous ranked probability score of y against a normal / Student-t forecast with location 0 and scale 1.
[[nodiscard]] double normal_crps(double y);
/// df > 1
[[nodiscard]] double student_t_crps(double y, double df);

} // namespace limsym::numerics
