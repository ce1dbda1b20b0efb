#include "limsym/kernel/gaussian_moments.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/base/error.hpp"
#include "limsym/kernel/dual_block.hpp"
#include "limsym/kernel/separated_polynomial.hpp"
#include "limsym/network/expression.hpp"
#include "limsym/numerics/vmath.hpp"

namespace limsym::kernel {

namespace {

using Numbers = MomentBlock::Numbers;

constexpr double two_pi = 2 * std::numbers::pi;

void determinants(std::size_t count, const MomentBlock& block, Numbers& out) {
    for (std::size_t i = 0; i < count; ++i)
        out[i] = covariance_determinant(block.a[i], block.b[i], block.c[i]);
}

// F is homogeneous of degree 1 in u and in v, phi' of degree 0.
void evaluate(const ArcForm& form, std::size_t count, MomentBlock& block) {
    Numbers root{};
    Numbers angle{};
    determinants(count, block, root);
    auto& m = block.moments;
    const double none = form.g == 0.0 ? 0.0 : std::numeric_limits<double>::quiet_NaN();
    constexpr double parallel = 1e-13; // of a b: the limit of equal or opposite directions
    for (std::size_t i = 0; i < count; ++i)
        root[i] = root[i] <= parallel * block.a[i] * block.b[i] ? 0.0 : std::sqrt(root[i]);
    numerics::vatan2(root.data(), block.c.data(), angle.data(), count);
    for (std::size_t i = 0; i < count; ++i) {
        const double a = block.a[i];
        const double b = block.b[i];
        const double c = block.c[i];
        const double s = root[i];
        if (s == 0.0 && c == 0.0) angle[i] = std::numbers::pi / 2;
        const double slope = form.h - form.g * angle[i];
        m.f[i] = form.g * s + slope * c;
        m.fc[i] = slope;
        m.fcc[i] = s > 0 ? form.g / s : 0.0;
        m.fa[i] = s > 0 ? form.g * s / (2 * a) : 0.0;
        m.fb[i] = s > 0 ? form.g * s / (2 * b) : 0.0;
        m.fca[i] = s > 0 ? -form.g * c / (2 * a * s) : 0.0;
        m.fcb[i] = s > 0 ? -form.g * c / (2 * b * s) : 0.0;
        m.fccc[i] = m.fcca[i] = m.fccb[i] = none;
    }
}

// t = 2 (scale of the argument)^2: D = (1 + t a)(1 + t b) - t^2 c^2, r = D^{-1/2}.
void evaluate(const ErfForm& form, std::size_t count, MomentBlock& block) {
    const double t = form.two_bb;
    Numbers determinant{};
    Numbers root{};
    Numbers argument{};
    determinants(count, block, determinant);
    auto& m = block.moments;
    for (std::size_t i = 0; i < count; ++i) {
        root[i] = std::sqrt(1 + t * (block.a[i] + block.b[i]) + t * t * determinant[i]);
        argument[i] = t * block.c[i];
    }
    numerics::vatan2(argument.data(), root.data(), m.f.data(), count);
    for (std::size_t i = 0; i < count; ++i) {
        const double c = block.c[i];
        const double big_a = 1 + t * block.a[i];
        const double big_b = 1 + t * block.b[i];
        const double r = 1 / root[i];
        const double r2 = r * r;
        const double first = form.slope * r;
        const double third = first * r2;
        const double quotient = t * t * c * c * r2;
        m.f[i] = form.offset + form.value * m.f[i];
        m.fc[i] = first;
        m.fcc[i] = t * t * c * third;
        m.fccc[i] = t * t * third * (1 + 3 * quotient);
        m.fa[i] = -0.5 * t * c * first / big_a;
        m.fb[i] = -0.5 * t * c * first / big_b;
        m.fca[i] = -0.5 * t * big_b * third;
        m.fcb[i] = -0.5 * t * big_a * third;
        const double mixed = -1.5 * t * t * t * c * third * r2;
        m.fcca[i] = mixed * big_b;
        m.fccb[i] = mixed * big_a;
    }
}

// With A = 1 + a, B = 1 + b, Q = A B - c^2, x = B/Q, y = A/Q, h = c/Q, N = 1/(2 pi sqrt Q) the derivatives are sums of
// terms of one sign.
void evaluate(const GeluForm&, std::size_t count, MomentBlock& block) {
    Numbers determinant{};
    Numbers root{};
    Numbers angle{};
    Numbers size{};
    determinants(count, block, determinant);
    auto& m = block.moments;
    for (std::size_t i = 0; i < count; ++i) {
        root[i] = std::sqrt(1 + (block.a[i] + block.b[i]) + determinant[i]);
        size[i] = std::abs(block.c[i]);
    }
    numerics::vatan2(root.data(), size.data(), angle.data(), count);
    for (std::size_t i = 0; i < count; ++i) {
        const double a = block.a[i];
        const double b = block.b[i];
        const double c = block.c[i];
        const double d = determinant[i];
        const double ra = 1 / (1 + a);
        const double rb = 1 / (1 + b);
        const double q = 1 / root[i];
        const double n = q / two_pi;
        const double x = (1 + b) * q * q;
        const double y = (1 + a) * q * q;
        const double h = c * q * q;
        // P(u, v > 0) with (u, v) of covariance [[A, c], [c, B]]
        const double quadrant = c > 0 ? 0.5 - angle[i] / two_pi : angle[i] / two_pi;
        m.f[i] = c * quadrant + n * (d + c * c * (ra + rb));
        m.fc[i] = quadrant + c * n * (ra + rb + q * q);
        m.fcc[i] = n * ((1 + x) * (1 + y) + 2 * h * h);
        m.fccc[i] = n * h * (1 + 3 * x + 3 * y + 9 * x * y + 6 * h * h);
        const double ca = c * ra;
        const double cb = c * rb;
        m.fa[i] = 0.5 * n * ((b + d) * ra * (1 + x) - 2 * ca * ca);
        m.fb[i] = 0.5 * n * ((a + d) * rb * (1 + y) - 2 * cb * cb);
        m.fca[i] = 0.5 * n * (-ca * (1 + 2 * ra + x) - h * (1 + 3 * x));
        m.fcb[i] = 0.5 * n * (-cb * (1 + 2 * rb + y) - h * (1 + 3 * y));
        m.fcca[i] = -0.5 * n * (x * (1 + 3 * x + y + 3 * x * y) + h * h * (2 + 12 * x));
        m.fccb[i] = -0.5 * n * (y * (1 + 3 * y + x + 3 * x * y) + h * h * (2 + 12 * y));
    }
}

// Sum and difference of e- and e+ = exp(-bb ((a + b)/2 -+ c)), the difference without cancellation.
void evaluate(const TrigonometricForm& form, std::size_t count, MomentBlock& block) {
    Numbers larger{};
    Numbers relative{};
    for (std::size_t i = 0; i < count; ++i) {
        const double c = std::abs(block.c[i]);
        larger[i] = -form.bb * (0.5 * (block.a[i] + block.b[i]) - c);
        relative[i] = -2 * form.bb * c;
    }
    numerics::vexp(larger.data(), larger.data(), count);
    numerics::vexpm1(relative.data(), relative.data(), count);
    const double even = 0.5 * (1 - form.mix);
    const double odd = 0.5 * (1 + form.mix);
    auto& m = block.moments;
    for (std::size_t i = 0; i < count; ++i) {
        const double difference = std::copysign(larger[i] * -relative[i], block.c[i]);
        const double sum = larger[i] * (2 + relative[i]);
        const double value = form.scale * (even * sum + odd * difference);
        const double slope = form.scale * form.bb * (odd * sum + even * difference);
        const double curvature = form.bb * form.bb * value;
        m.f[i] = value;
        m.fc[i] = slope;
        m.fcc[i] = curvature;
        m.fccc[i] = form.bb * form.bb * slope;
        m.fa[i] = m.fb[i] = -0.5 * form.bb * value;
        m.fca[i] = m.fcb[i] = -0.5 * form.bb * slope;
        m.fcca[i] = m.fccb[i] = -0.5 * form.bb * curvature;
    }
}

void evaluate(const ExponentialForm& form, std::size_t count, MomentBlock& block) {
    auto& m = block.moments;
    for (std::size_t i = 0; i < count; ++i)
        m.f[i] = form.rate * (0.5 * form.sign * (block.a[i] + block.b[i]) + block.c[i]);
    numerics::vexp(m.f.data(), m.f.data(), count);
    const double k = form.rate;
    const double half = 0.5 * form.sign * k;
    for (std::size_t i = 0; i < count; ++i) {
        m.f[i] *= form.scale;
        m.fc[i] = k * m.f[i];
        m.fcc[i] = k * m.fc[i];
        m.fccc[i] = k * m.fcc[i];
        m.fa[i] = m.fb[i] = half * m.f[i];
        m.fca[i] = m.fcb[i] = half * m.fc[i];
        m.fcca[i] = m.fccb[i] = half * m.fcc[i];
    }
}

void evaluate(const PolynomialMoments& form, std::size_t count, MomentBlock& block) {
    auto& m = block.moments;
    for (std::size_t i = 0; i < count; ++i) {
        const auto mean = [&](std::size_t order_u, std::size_t order_v) {
            const auto& p = form.coefficients[order_u];
            const auto& q = form.coefficients[order_v];
            double sum = 0.0;
            double power = 1.0;
            for (std::size_t j = 0; j < std::min(p.size(), q.size()); ++j) {
                sum += separated_coefficient(p, j, block.a[i]) * separated_coefficient(q, j, block.b[i]) * power;
                power *= block.c[i];
            }
            return sum;
        };
        m.f[i] = mean(0, 0);
        m.fc[i] = mean(1, 1);
        m.fcc[i] = mean(2, 2);
        m.fccc[i] = mean(3, 3);
        m.fa[i] = 0.5 * mean(2, 0);
        m.fb[i] = 0.5 * mean(0, 2);
        m.fca[i] = 0.5 * mean(3, 1);
        m.fcb[i] = 0.5 * mean(1, 3);
        m.fcca[i] = 0.5 * mean(4, 2);
        m.fccb[i] = 0.5 * mean(2, 4);
    }
}

void evaluate(const std::shared_ptr<const MomentQuadrature>& quadrature, std::size_t count, MomentBlock& block) {
    auto& m = block.moments;
    for (std::size_t i = 0; i < count; ++i) {
        const Moments<double> one = quadrature->at(block.a[i], block.b[i], block.c[i]);
        m.f[i] = one.f;
        m.fc[i] = one.fc;
        m.fcc[i] = one.fcc;
        m.fccc[i] = one.fccc;
        m.fa[i] = one.fa;
        m.fb[i] = one.fb;
        m.fca[i] = one.fca;
        m.fcb[i] = one.fcb;
        m.fcca[i] = one.fcca;
        m.fccb[i] = one.fccb;
    }
}

} // namespace

MomentForm moment_form(const network::Activation& activation, const std::string& place) {
    if (const auto polynomial = polynomial_coefficients(activation)) {
        PolynomialMoments form;
        form.coefficients[0] = *polynomial;
        for (std::size_t m = 1; m < form.coefficients.size(); ++m)
            form.coefficients[m] = derivative_of(form.coefficients[m - 1]);
        return {form, true};
    }
    if (const auto closed = closed_form(activation)) {
        if (const auto* arc = std::get_if<ArcForm>(&*closed)) return {*arc, arc->g == 0.0};
        if (const auto* erf = std::get_if<ErfForm>(&*closed)) return {*erf, true};
        if (const auto* gelu = std::get_if<GeluForm>(&*closed)) return {*gelu, true};
        if (const auto* sine = std::get_if<TrigonometricForm>(&*closed)) return {*sine, true};
        if (const auto* exponential = std::get_if<ExponentialForm>(&*closed)) return {*exponential, true};
    }
    const bool kinked_expression = activation.kind == network::ActivationKind::expression &&
                                   !network::Expression(activation.expression, place).smooth();
    if (kinked_expression || !network::kinks_of(activation).empty())
        throw base::InputError(place, "activation '" + network::activation_name(activation) +
                                          "' has kinks; expected a smooth one, or relu, leaky_relu, abrelu or abs");
    return {std::make_shared<const MomentQuadrature>(network::smooth_activation(activation)), true};
}

void evaluate_moments(const MomentForm& form, std::size_t count, MomentBlock& block) {
    std::visit([&](const auto& f) { evaluate(f, count, block); }, form.form);
}

Moments<double> evaluate_moments(const MomentForm& form, double a, double b, double c) {
    MomentBlock block;
    block.a[0] = a;
    block.b[0] = b;
    block.c[0] = c;
    evaluate_moments(form, 1, block);
    const auto& m = block.moments;
    return {m.f[0], m.fc[0], m.fcc[0], m.fccc[0], m.fa[0], m.fb[0], m.fca[0], m.fcb[0], m.fcca[0], m.fccb[0]};
}

std::array<double, 10> moments_in_order(const Moments<double>& m) {
    return {m.f, m.fc, m.fcc, m.fccc, m.fa, m.fb, m.fca, m.fcb, m.fcca, m.fccb};
}

} // namespace limsym::kernel
