// Gaussian moments of smooth activations by the trapezoid rule, which converges geometrically for analytic functions.
#pragma once

#include "limsym/network/activation_derivatives.hpp"

namespace limsym::kernel {

/// F = E phi(u) phi(v) and its partial derivatives by a = Var u, b = Var v, c = Cov(u, v).
template <typename Cell>
struct Moments {
    Cell f;
    Cell fc;
    Cell fcc;
    Cell fccc;
    Cell fa;
    Cell fb;
    Cell fca;
    Cell fcb;
    Cell fcca;
    Cell fccb;
};

/// a b - c^2 without cancellation (Kahan's determinant by exact products); not below 0.
[[nodiscard]] inline double covariance_determinant(double a, double b, double c) {
    // Dekker's product: x y = p + e exactly
    const auto error_of = [](double x, double y, double p) {
        constexpr double splitter = 134217729.0; // 2^27 + 1
        const double xs = splitter * x;
        const double xh = xs - (xs - x);
        const double xl = x - xh;
        const double ys = splitter * y;
        const double yh = ys - (ys - y);
        const double yl = y - yh;
        return ((xh * yh - p) + xh * yl + xl * yh) + xl * yl;
    };
    const double ab = a * b;
    const double cc = c * c;
    const double determinant = (ab - cc) + (error_of(a, b, ab) - error_of(c, c, cc));
    return determinant > 0 ? determinant : 0.0;
}

class MomentQuadrature {
public:
    explicit MomentQuadrature(network::SmoothActivation activation) : activation_(std::move(activation)) {}

    /// Trapezoid rule in whitened coordinates |z| <= 8.8 whose step resolves the nearest pole of phi. About 1e-15
    /// relative to E phi^(m)(u)^2, at (17.6/h)^2 evaluations.
    [[nodiscard]] Moments<double> at(double a, double b, double c) const;

private:
    network::SmoothActivation activation_;
};

} // namespace limsym::kernel
