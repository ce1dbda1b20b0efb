#include "limsym/kernel/closed_pairs.hpp"

#include <cmath>
#include <numbers>

#include "limsym/numerics/vmath.hpp"

namespace limsym::kernel {

namespace {

using Numbers = PairBlock::Numbers;
constexpr double two_pi = 2 * std::numbers::pi;

// S^2 of every pair; see closed_forms.hpp.
void sines_squared(std::size_t n, const PairBlock& b, Numbers& out) {
    for (std::size_t i = 0; i < n; ++i)
        out[i] = sine_squared(b.q1[i], b.q2[i], b.c[i]);
}

// Angles in [0, pi] with these sines and cosines, up to a common factor; pi/2 where both are 0.
void angles(std::size_t n, const Numbers& sine, const Numbers& cosine, Numbers& out) {
    for (std::size_t i = 0; i < n; ++i)
        out[i] = sine[i] == 0.0 && cosine[i] == 0.0 ? 1.0 : sine[i];
    numerics::vatan2(out.data(), cosine.data(), out.data(), n);
}

// Forms with loops of their own are evaluated pair by pair here.
template <typename Form>
void evaluate_each(const Form& form, std::size_t n, PairBlock& b) {
    for (std::size_t i = 0; i < n; ++i) {
        const Dual<double> dual = evaluate(form, b.q1[i], b.q2[i], b.c[i]);
        b.value[i] = dual.value;
        b.derivative[i] = dual.derivative;
    }
}
void evaluate_all(const ArcForm& form, std::size_t n, PairBlock& b) {
    evaluate_each(form, n, b);
}
void evaluate_all(const ErfForm& form, std::size_t n, PairBlock& b) {
    evaluate_each(form, n, b);
}

void evaluate_all(const StepForm& form, std::size_t n, PairBlock& b) {
    Numbers sine{};
    sines_squared(n, b, sine);
    for (std::size_t i = 0; i < n; ++i)
        sine[i] = std::sqrt(sine[i]);
    angles(n, sine, b.c, b.value);
    for (std::size_t i = 0; i < n; ++i) {
        b.value[i] = form.offset + form.value * (std::numbers::pi / 2 - b.value[i]);
        b.derivative[i] = 0.0;
    }
}

void evaluate_all(const RectifiedForm& form, std::size_t n, PairBlock& b) {
    Numbers p{};
    Numbers sine{};
    Numbers cosine{};
    Numbers angle{};
    sines_squared(n, b, sine);
    for (std::size_t i = 0; i < n; ++i) {
        p[i] = std::sqrt(b.q1[i]) * std::sqrt(b.q2[i]);
        const double unit = p[i] > 0.0 ? p[i] : 1.0;
        sine[i] = std::sqrt(sine[i]) / unit;
        cosine[i] = b.c[i] / unit;
    }
    angles(n, sine, cosine, angle);
    for (std::size_t i = 0; i < n; ++i) {
        const double rest = std::numbers::pi - angle[i];
        const double square = cosine[i] * cosine[i];
        const double j1 = sine[i] + rest * cosine[i];
        const double j2 = 3 * sine[i] * cosine[i] + rest * (1 + 2 * square);
        const double j3 = sine[i] * (4 + 11 * square) + rest * cosine[i] * (9 + 6 * square);
        const bool second = form.degree == 2;
        b.value[i] = p[i] * p[i] * (second ? j2 : p[i] * j3) / two_pi;
        b.derivative[i] = p[i] * (second ? 4 * j1 : 9 * p[i] * j2) / two_pi;
    }
}

void evaluate_all(const GeluForm&, std::size_t n, PairBlock& b) {
    Numbers e{};
    Numbers turn{};
    sines_squared(n, b, e);
    for (std::size_t i = 0; i < n; ++i)
        e[i] = std::sqrt(1.0 + (b.q1[i] + b.q2[i]) + e[i]);
    numerics::vatan2(b.c.data(), e.data(), turn.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
        const double c = b.c[i];
        const double e2 = e[i] * e[i];
        const double product = (1.0 + b.q1[i]) * (1.0 + b.q2[i]);
        const double both = b.q1[i] * b.q2[i];
        b.value[i] = 0.25 * c + (c * turn[i] + (c * c + both * e2) / (product * e[i])) / two_pi;
        b.derivative[i] = 0.25 + turn[i] / two_pi + c / (two_pi * e[i]) * (1.0 / e2 + (1.0 - both) / product + 1.0);
    }
}

void evaluate_all(const TrigonometricForm& form, std::size_t n, PairBlock& b) {
    Numbers minus{};
    Numbers plus{};
    for (std::size_t i = 0; i < n; ++i) {
        const double mean = 0.5 * (b.q1[i] + b.q2[i]);
        minus[i] = -form.bb * (mean - b.c[i]);
        plus[i] = -form.bb * (mean + b.c[i]);
    }
    numerics::vexp(minus.data(), minus.data(), n);
    numerics::vexp(plus.data(), plus.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
        b.value[i] = form.scale * (minus[i] - form.mix * plus[i]);
        b.derivative[i] = form.bb * form.scale * (minus[i] + form.mix * plus[i]);
    }
}

void evaluate_all(const ExponentialForm& form, std::size_t n, PairBlock& b) {
    for (std::size_t i = 0; i < n; ++i)
        b.value[i] = form.rate * (0.5 * form.sign * (b.q1[i] + b.q2[i]) + b.c[i]);
    numerics::vexp(b.value.data(), b.value.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
        b.value[i] *= form.scale;
        b.derivative[i] = form.rate * b.value[i];
    }
}

void evaluate_all(const GaussianForm& form, std::size_t n, PairBlock& b) {
    Numbers s2{};
    sines_squared(n, b, s2);
    const double factor = 4.0 * form.b * form.b;
    for (std::size_t i = 0; i < n; ++i) {
        const double square = 1.0 - 2.0 * form.b * (b.q1[i] + b.q2[i]) + factor * s2[i];
        b.value[i] = form.scale / std::sqrt(square);
        b.derivative[i] = factor * b.c[i] * b.value[i] / square;
    }
}

void evaluate_all(const GaborForm&, std::size_t n, PairBlock& b) {
    Numbers s2{};
    Numbers big{};
    Numbers m{};
    Numbers power{};  // exp(k) - 1, |k| < 1/4
    Numbers factor{}; // exp(-m)
    sines_squared(n, b, s2);
    for (std::size_t i = 0; i < n; ++i) {
        const double sum = b.q1[i] + b.q2[i];
        big[i] = 1.0 + 2.0 * sum + 4.0 * s2[i];
        m[i] = (sum + 4.0 * s2[i]) / (2.0 * big[i]);
        factor[i] = -m[i];
        power[i] = b.c[i] / big[i];
    }
    numerics::vexp(factor.data(), factor.data(), n);
    numerics::vexpm1(power.data(), power.data(), n);
    for (std::size_t i = 0; i < n; ++i) {
        const double rest = power[i] / (power[i] + 1.0);
        const double sinh = 0.5 * (power[i] + rest);
        const double cosh = 1.0 + 0.5 * power[i] * rest;
        const double scale = factor[i] / std::sqrt(big[i]);
        const double c = b.c[i];
        const double dm = (-4.0 * c + 8.0 * c * m[i]) / big[i];
        const double dk = (1.0 + 8.0 * c * (c / big[i])) / big[i];
        b.value[i] = scale * sinh;
        b.derivative[i] = scale * (cosh * dk + sinh * (4.0 * c / big[i] - dm));
    }
}

} // namespace

void evaluate_block(const ClosedForm& form, std::size_t count, PairBlock& block) {
    for (std::size_t i = 0; i < count; ++i) {
        const double bound = std::sqrt(block.q1[i]) * std::sqrt(block.q2[i]);
        block.c[i] = std::clamp(block.c[i], -bound, bound);
    }
    std::visit([&](const auto& each) { evaluate_all(each, count, block); }, form);
}

} // namespace limsym::kernel
