// Extended-precision pieces of the coefficients of stable laws.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>

namespace limsym::stable {

/// log Gamma(x), x > 0, in extended precision: exp of a difference of two then keeps double's.
[[nodiscard]] inline long double log_gamma(long double x) {
    // Reentrant, unlike lgamma with its global sign.
    int sign = 0;
    return ::lgammal_r(x, &sign);
}

/// sin(k pi alpha/2) for 0 < alpha <= 2, from the nearer of k alpha and its distance to the next even number, which are
/// exact.
[[nodiscard]] inline long double sine_of_multiple(std::size_t k, double alpha) {
    const auto a = static_cast<long double>(alpha);
    const auto count = static_cast<long double>(k);
    if (alpha > 1.5) {
        // sin(k pi alpha/2) = (-1)^(k+1) sin(k pi (2 - alpha)/2)
        const long double sine = std::sin(std::numbers::pi_v<long double> * std::fmod(count * (2.0L - a) / 2.0L, 2.0L));
        return k % 2 == 1 ? sine : -sine;
    }
    return std::sin(std::numbers::pi_v<long double> * std::fmod(count * a / 2.0L, 2.0L));
}

} // namespace limsym::stable
