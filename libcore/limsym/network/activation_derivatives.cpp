#include "limsym/network/activation_derivatives.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <stdexcept>
#include <string>

#include "limsym/base/number.hpp"
#include "limsym/network/expression.hpp"
#include "limsym/numerics/vmath.hpp"

namespace limsym::network {

namespace {

constexpr double pi = std::numbers::pi;
using Out = std::array<double*, SmoothActivation::orders>;

/// tanh and its derivatives at scale * u, each multiplied by factor scale^m.
void tanh_block(double scale, double factor, const double* u, std::size_t count, const Out& out) {
    for (std::size_t i = 0; i < count; ++i)
        out[0][i] = scale * u[i];
    numerics::vtanh(out[0], out[0], count);
    const double s1 = factor * scale;
    const double s2 = s1 * scale;
    const double s3 = s2 * scale;
    const double s4 = s3 * scale;
    for (std::size_t i = 0; i < count; ++i) {
        const double t = out[0][i];
        const double slope = (1 - t) * (1 + t);
        out[1][i] = s1 * slope;
        out[2][i] = s2 * (-2 * t * slope);
        out[3][i] = s3 * (slope * (6 * t * t - 2));
        out[4][i] = s4 * (slope * t * (16 - 24 * t * t));
        out[0][i] = factor * t;
    }
}

/// sigmoid(u) = 1/2 + tanh(u/2)/2
void sigmoid_block(const double* u, std::size_t count, const Out& out) {
    tanh_block(0.5, 0.5, u, count, out);
    for (std::size_t i = 0; i < count; ++i)
        out[0][i] += 0.5;
}

void softplus_block(const double* u, std::size_t count, const Out& out) {
    // each derivative is one of the sigmoid, one order lower
    sigmoid_block(u, count, out);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t m = SmoothActivation::orders - 1; m > 0; --m)
            out[m][i] = out[m - 1][i];
        out[0][i] = std::max(u[i], 0.0) + std::log1p(std::exp(-std::abs(u[i])));
    }
}

/// u sigmoid(u): the m-th derivative is u s^(m) + m s^(m-1).
void swish_block(const double* u, std::size_t count, const Out& out) {
    sigmoid_block(u, count, out);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t m = SmoothActivation::orders - 1; m > 0; --m)
            out[m][i] = u[i] * out[m][i] + static_cast<double>(m) * out[m - 1][i];
        out[0][i] *= u[i];
    }
}

SmoothActivation of_expression(const std::string& text) {
    const auto expression = std::make_shared<const Expression>(text, "activation");
    SmoothActivation result;
    result.strip = pi / 2;
    result.derivatives = [expression](const double* u, std::size_t count, const Out& out) {
        for (std::size_t i = 0; i < count; ++i) {
            const Taylor series = expression->taylor_at(u[i]);
            for (std::size_t m = 0; m < SmoothActivation::orders; ++m)
                out[m][i] = series.derivative(m);
        }
    };
    return result;
}

} // namespace

SmoothActivation smooth_activation(const Activation& activation) {
    const auto& v = activation.parameters;
    switch (activation.kind) {
    case ActivationKind::tanh:
        return {[](const double* u, std::size_t count, const Out& out) { tanh_block(1.0, 1.0, u, count, out); },
                pi / 2};
    case ActivationKind::sigmoid:
        return {sigmoid_block, pi};
    case ActivationKind::softplus:
        return {softplus_block, pi};
    case ActivationKind::swish:
        return {swish_block, pi};
    case ActivationKind::atan: {
        SmoothActivation result = of_expression("atan(x)");
        result.strip = 1.0;
        return result;
    }
    case ActivationKind::gabor:
        return of_expression("exp(-x^2) * sin(x)");
    case ActivationKind::gaussian:
        return of_expression(base::number_text(v[0]) + " * exp(" + base::number_text(v[1]) + " * x^2)");
    case ActivationKind::expression:
        if (activation.kinks.empty()) return of_expression(activation.expression);
        break;
    default:
        break;
    }
    throw std::logic_error("an activation without derivatives of all orders");
}

} // namespace limsym::network
