// Sums of powers and scales made of them, safe from overflow.
#pragma once

#include <cstddef>

namespace limsym::stable {

/// sum_i |v_i|^alpha, compensated, 0 < alpha <= 2; the values are overwritten. A number's power does not depend on its
/// place.
[[nodiscard]] double power_sum_in_place(double* values, std::size_t count, double alpha);

/// (sum_i |v_i|^alpha)^(1/alpha), which leaves double only where the result does; the values are overwritten.
[[nodiscard]] double power_norm(double* values, std::size_t count, double alpha);

/// sum[i] + rest[i] gains part[i] without rounding away what is small (Neumaier).
void add_compensated(double* sum, double* rest, const double* part, std::size_t count);

/// (sigma_w^alpha moment + sigma_b^alpha)^(1/alpha), all >= 0.
[[nodiscard]] double combined_scale(double alpha, double sigma_w, double moment, double sigma_b);

} // namespace limsym::stable
