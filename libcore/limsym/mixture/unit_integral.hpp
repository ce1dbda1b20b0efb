// Integrals over (0, 1) of functions that may be singular at the ends.
#pragma once

#include <functional>

namespace limsym::mixture {

/// int_0^1 f(z, 1 - z) dz by the double-exponential rule (Takahasi and Mori 1974): both arguments to full precision.
/// Relative error near 1e-13 for f that is analytic inside.
[[nodiscard]] double integrate_unit(const std::function<double(double z, double rest)>& f);

} // namespace limsym::mixture
