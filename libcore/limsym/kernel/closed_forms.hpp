// Closed forms of dual activations, for numbers and for jets. Sources: Williams 1997 (erf), Cho and Saul 2009
// (rectified monomials), Tsuchida et al. 2021 (gelu), Han et al. 2022 (the others).
//
// S below is sqrt((p-c)(p+c)), p = sqrt(q1 q2); forms that depend on S^2 only are smooth at |c| = p.
#pragma once

#include <cmath>
#include <numbers>
#include <optional>
#include <variant>
#include <vector>

#include "limsym/kernel/jet.hpp"
#include "limsym/network/activation.hpp"

namespace limsym::kernel {

template <typename S>
struct Dual {
    S value;      ///< F
    S derivative; ///< D
};

/// abrelu(a, b): F = g S + D c, D = h - g theta.
struct ArcForm {
    double g;
    double h;
};
/// sign and the step: F = value asin(rho) + offset; D is 0 by convention.
struct StepForm {
    double value;
    double offset;
};
/// x^degree 1[x >= 0], degree 2 or 3.
struct RectifiedForm {
    int degree;
};
/// a erf(b x) + c0: F = value atan2(two_bb c, R) + offset, D = slope / R.
struct ErfForm {
    double value;
    double offset;
    double slope;
    double two_bb;
};
struct GeluForm {};
/// a sin(b x + c0): F = scale (e- - mix e+), D = b^2 scale (e- + mix e+), e-+ = exp(-bb ((q1 + q2)/2 -+ c)).
struct TrigonometricForm {
    double scale;
    double mix;
    double bb;
};
/// F = scale exp(rate ((q1 + q2)/2 sign + c)), D = rate F: rbf (sign -1) and exp (sign +1).
struct ExponentialForm {
    double scale;
    double rate;
    double sign;
};
/// a exp(b x^2), b < 0.
struct GaussianForm {
    double scale;
    double b;
};
struct GaborForm {};

using ClosedForm = std::variant<ArcForm, StepForm, RectifiedForm, ErfForm, GeluForm, TrigonometricForm, ExponentialForm,
                                GaussianForm, GaborForm>;

/// The closed form of an activation, or nothing when it has none (polynomials have series of their own).
[[nodiscard]] std::optional<ClosedForm> closed_form(const network::Activation& activation);

/// S^2; c must lie in [-p, p].
[[nodiscard]] inline double sine_squared(double q1, double q2, double c) {
    const double p = std::sqrt(q1) * std::sqrt(q2);
    return std::max(0.0, (p - c) * (p + c));
}
[[nodiscard]] inline Jet sine_squared(const Jet& q1, const Jet& q2, const Jet& c) {
    Jet result = q1 * q2 - c * c;
    result.value = sine_squared(q1.value, q2.value, c.value);
    return result;
}

/// sqrt(rest + (factor S)^2); of numbers, without overflow where the root itself is finite.
[[nodiscard]] inline double root_with_sine(double rest, double factor, double q1, double q2, double c) {
    const double p = std::sqrt(q1) * std::sqrt(q2);
    return std::hypot(std::sqrt(rest), factor * (std::sqrt(std::max(0.0, p - c)) * std::sqrt(std::max(0.0, p + c))));
}
[[nodiscard]] inline Jet root_with_sine(const Jet& rest, double factor, const Jet& q1, const Jet& q2, const Jet& c) {
    return sqrt(rest + factor * factor * sine_squared(q1, q2, c));
}

/// The angle between two vectors of variances q1, q2; pi/2 when it has none.
[[nodiscard]] inline double angle(double sine, double c) {
    return sine == 0.0 && c == 0.0 ? std::numbers::pi / 2 : std::atan2(sine, c);
}

[[nodiscard]] inline Dual<double> evaluate(const ArcForm& form, double q1, double q2, double c) {
    const double sine = std::sqrt(sine_squared(q1, q2, c));
    const double derivative = form.h - form.g * angle(sine, c);
    return {form.g * sine + derivative * c, derivative};
}
[[nodiscard]] inline Dual<double> evaluate(const StepForm& form, double q1, double q2, double c) {
    const double sine = std::sqrt(sine_squared(q1, q2, c));
    return {form.offset + form.value * (std::numbers::pi / 2 - angle(sine, c)), 0.0};
}
[[nodiscard]] inline Dual<double> evaluate(const RectifiedForm& form, double q1, double q2, double c) {
    const double p = std::sqrt(q1) * std::sqrt(q2);
    if (p == 0.0) return {0.0, 0.0};
    const double sine = std::sqrt(sine_squared(q1, q2, c)) / p;
    const double cosine = c / p;
    const double rest = std::numbers::pi - angle(sine, cosine);
    const double j1 = sine + rest * cosine;
    const double j2 = 3 * sine * cosine + rest * (1 + 2 * cosine * cosine);
    constexpr double two_pi = 2 * std::numbers::pi;
    if (form.degree == 2) return {p * p * j2 / two_pi, 4 * p * j1 / two_pi};
    const double square = cosine * cosine;
    const double j3 = sine * (4 + 11 * square) + rest * cosine * (9 + 6 * square);
    return {p * p * p * j3 / two_pi, 9 * p * p * j2 / two_pi};
}
template <typename S>
[[nodiscard]] Dual<S> evaluate(const ErfForm& form, const S& q1, const S& q2, const S& c) {
    using std::atan2;
    const S r = root_with_sine(1.0 + form.two_bb * (q1 + q2), form.two_bb, q1, q2, c);
    return {form.offset + form.value * atan2(form.two_bb * c, r), form.slope / r};
}
/// The page's form with every quotient taken on its own, so that large variances neither overflow nor cancel:
/// with r = 1/(1+q), (c^2 + q1 q2 E^2)/(P E) = (c r1)(c r2)/E + (q1 r1)(q2 r2) E and (1 - q1 q2)/P + 1 = r1 + r2.
template <typename S>
[[nodiscard]] Dual<S> evaluate(const GeluForm&, const S& q1, const S& q2, const S& c) {
    using std::atan2;
    constexpr double two_pi = 2 * std::numbers::pi;
    const S r1 = 1.0 / (1.0 + q1);
    const S r2 = 1.0 / (1.0 + q2);
    const S e = root_with_sine(1.0 + (q1 + q2), 1.0, q1, q2, c);
    const S turn = atan2(c, e);
    const S value = 0.25 * c + (c * turn + ((c * r1) * (c * r2) / e + (q1 * r1) * (q2 * r2) * e)) / two_pi;
    const S derivative = 0.25 + turn / two_pi + c / e * (1.0 / e / e + r1 + r2) / two_pi;
    return {value, derivative};
}
template <typename S>
[[nodiscard]] Dual<S> evaluate(const TrigonometricForm& form, const S& q1, const S& q2, const S& c) {
    using std::exp;
    const S mean = 0.5 * (q1 + q2);
    const S minus = exp(-form.bb * (mean - c));
    const S plus = form.mix * exp(-form.bb * (mean + c));
    return {form.scale * (minus - plus), form.bb * form.scale * (minus + plus)};
}
template <typename S>
[[nodiscard]] Dual<S> evaluate(const ExponentialForm& form, const S& q1, const S& q2, const S& c) {
    using std::exp;
    const S value = form.scale * exp(form.rate * (0.5 * form.sign * (q1 + q2) + c));
    return {value, form.rate * value};
}
template <typename S>
[[nodiscard]] Dual<S> evaluate(const GaussianForm& form, const S& q1, const S& q2, const S& c) {
    using std::sqrt;
    const double b = form.b;
    const S square = 1.0 - 2.0 * b * (q1 + q2) + 4.0 * b * b * sine_squared(q1, q2, c);
    const S value = form.scale / sqrt(square);
    return {value, 4.0 * b * b * c * value / square};
}
template <typename S>
[[nodiscard]] Dual<S> evaluate(const GaborForm&, const S& q1, const S& q2, const S& c) {
    using std::cosh;
    using std::exp;
    using std::sinh;
    using std::sqrt;
    // exp(-m) sinh(k)/sqrt(Q) with m = (q1 + q2 + 4 S^2)/(2 Q), k = c/Q; dQ/dc = -8 c, d(S^2)/dc = -2 c
    const S s2 = sine_squared(q1, q2, c);
    const S big = 1.0 + 2.0 * (q1 + q2) + 4.0 * s2;
    const S m = 0.5 - 0.5 * (1.0 + (q1 + q2)) / big;
    const S k = c / big;
    const S factor = exp(-m) / sqrt(big);
    const S dm = k * (8.0 * m - 4.0);
    const S dk = (1.0 + 8.0 * c * k) / big;
    return {factor * sinh(k), factor * (cosh(k) * dk + sinh(k) * (4.0 * c / big - dm))};
}

/// F and D of any closed form.
[[nodiscard]] inline Dual<double> evaluate(const ClosedForm& form, double q1, double q2, double c) {
    return std::visit([&](const auto& f) { return evaluate(f, q1, q2, c); }, form);
}

} // namespace limsym::kernel
