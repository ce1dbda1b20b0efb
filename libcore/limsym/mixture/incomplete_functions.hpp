// Incomplete gamma and beta functions at the parameters that Lévy measures need, where the usual ones are not defined
// or cancel. Relative errors are a few 1e-14.
#pragma once

namespace limsym::mixture {

/// E1(y) = int_y^inf e^-v / v dv, y > 0.
[[nodiscard]] double exponential_integral(double y);
/// Gamma(-alpha, y) = int_y^inf v^(-alpha-1) e^-v dv, 0 < alpha < 1, y > 0.
[[nodiscard]] double negative_upper_gamma(double alpha, double y);
/// w^-s gamma(s, w) = int_0^1 v^(s-1) e^(-w v) dv, s > 0, w >= 0: a decreasing function of w from 1/s.
[[nodiscard]] double scaled_lower_gamma(double s, double w);
/// gamma(s, w) = int_0^w v^(s-1) e^-v dv, s > 0, w >= 0.
[[nodiscard]] double lower_gamma(double s, double w);
/// int_x^1 v^-1 (1 - v)^(b-1) dv, b > 0, 0 < x <= 1: the incomplete beta function whose first parameter is 0.
/// @param rest 1 - x, to full precision where x is near 1
[[nodiscard]] double upper_beta_zero(double b, double x, double rest);
/// theta - sin theta cos theta, without cancellation for small theta >= 0.
[[nodiscard]] double circular_segment(double theta);
/// (ln of) the bracket scaled_lower_gamma(s, w) - scaled_lower_gamma(s, (1 + t) w) = int_0^1 v^(s-1) e^(-w v)
/// (1 - e^(-t w v)) dv; s, w, t > 0, t given by its logarithm since it may be beyond double.
[[nodiscard]] double log_scaled_lower_gamma_difference(double s, double w, double log_t);

} // namespace limsym::mixture
