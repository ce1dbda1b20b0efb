// Forward-mode derivatives: a value with its derivatives by the two variances and the covariance of a pair.
#pragma once

#include <array>
#include <cmath>

namespace limsym::kernel {

struct Jet {
    double value = 0.0;
    std::array<double, 3> slope{}; ///< by q1, q2, c

    Jet() = default;
    Jet(double constant) : value(constant) {} // NOLINT: constants mix freely with jets
    [[nodiscard]] static Jet variable(double value, std::size_t index) {
        Jet jet(value);
        jet.slope[index] = 1.0;
        return jet;
    }
};

/// f(x) with f'(x) = slope.
[[nodiscard]] inline Jet chain(double value, double slope, const Jet& x) {
    Jet result(value);
    for (std::size_t k = 0; k < 3; ++k)
        result.slope[k] = slope * x.slope[k];
    return result;
}
[[nodiscard]] inline Jet chain(double value, double slope_x, const Jet& x, double slope_y, const Jet& y) {
    Jet result(value);
    for (std::size_t k = 0; k < 3; ++k)
        result.slope[k] = slope_x * x.slope[k] + slope_y * y.slope[k];
    return result;
}

[[nodiscard]] inline Jet operator-(const Jet& x) {
    return chain(-x.value, -1.0, x);
}
[[nodiscard]] inline Jet operator+(const Jet& x, const Jet& y) {
    return chain(x.value + y.value, 1.0, x, 1.0, y);
}
[[nodiscard]] inline Jet operator-(const Jet& x, const Jet& y) {
    return chain(x.value - y.value, 1.0, x, -1.0, y);
}
[[nodiscard]] inline Jet operator*(const Jet& x, const Jet& y) {
    return chain(x.value * y.value, y.value, x, x.value, y);
}
[[nodiscard]] inline Jet operator/(const Jet& x, const Jet& y) {
    const double ratio = x.value / y.value;
    return chain(ratio, 1.0 / y.value, x, -ratio / y.value, y);
}
[[nodiscard]] inline Jet exp(const Jet& x) {
    const double e = std::exp(x.value);
    return chain(e, e, x);
}
[[nodiscard]] inline Jet sinh(const Jet& x) {
    return chain(std::sinh(x.value), std::cosh(x.value), x);
}
[[nodiscard]] inline Jet cosh(const Jet& x) {
    return chain(std::cosh(x.value), std::sinh(x.value), x);
}
[[nodiscard]] inline Jet sqrt(const Jet& x) {
    const double root = std::sqrt(x.value);
    return chain(root, 0.5 / root, x);
}
[[nodiscard]] inline Jet atan2(const Jet& y, const Jet& x) {
    const double square = x.value * x.value + y.value * y.value;
    return chain(std::atan2(y.value, x.value), x.value / square, y, -y.value / square, x);
}

} // namespace limsym::kernel
