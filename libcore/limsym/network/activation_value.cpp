// Activations as functions.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "limsym/network/activation.hpp"
#include "limsym/network/expression.hpp"

namespace limsym::network {

namespace {

constexpr double sigmoid_like_b = 1 / 2.4020563531719796;
constexpr double selu_scale = 1.0507009873554804934193349852946;
constexpr double selu_alpha = 1.6732632423543772848170429916717;

double power(double x, double degree) {
    return std::pow(x, degree);
}

ScalarFunction polynomial(std::vector<double> coefficients) {
    ScalarFunction f;
    f.value = [coefficients](double x) {
        double sum = 0.0;
        for (std::size_t k = coefficients.size(); k-- > 0;)
            sum = sum * x + coefficients[k];
        return sum;
    };
    f.derivative = [coefficients](double x) {
        double sum = 0.0;
        for (std::size_t k = coefficients.size(); k-- > 1;)
            sum = sum * x + static_cast<double>(k) * coefficients[k];
        return sum;
    };
    return f;
}

ScalarFunction piecewise(double a, double b) {
    return {[a, b](double x) { return x > 0 ? b * x : a * x; },
            [a, b](double x) { return x > 0   ? b
                                      : x < 0 ? a
                                              : 0.5 * (a + b); }};
}

ScalarFunction error_function(double a, double b, double c) {
    return {[=](double x) { return a * std::erf(b * x) + c; },
            [=](double x) { return a * b * 2 / std::sqrt(std::numbers::pi) * std::exp(-b * b * x * x); }};
}

ScalarFunction sine(double a, double b, double phase) {
    return {[=](double x) { return a * std::sin(b * x + phase); },
            [=](double x) { return a * b * std::cos(b * x + phase); }};
}

ScalarFunction hermite(double degree) {
    const auto value_of = [](double n, double x) {
        double previous = 0.0;
        double current = 1.0;
        for (double k = 0.0; k < n; k += 1.0) {
            const double next = (x * current - std::sqrt(k) * previous) / std::sqrt(k + 1.0);
            previous = current;
            current = next;
        }
        return current;
    };
    return {[=](double x) { return value_of(degree, x); },
            [=](double x) { return degree == 0.0 ? 0.0 : std::sqrt(degree) * value_of(degree - 1.0, x); }};
}

ScalarFunction elu(double scale, double alpha) {
    return {[=](double x) { return scale * (x > 0 ? x : alpha * std::expm1(x)); },
            [=](double x) {
                return scale * (x > 0 ? 1.0 : x < 0 ? alpha * std::exp(x) : 0.5 * (1.0 + alpha));
            }};
}

ScalarFunction of_expression(std::string_view text) {
    auto expression = std::make_shared<const Expression>(text, "activation");
    return {[expression](double x) { return expression->at(x).value; },
            [expression](double x) { return expression->at(x).slope; }};
}

} // namespace

ScalarFunction scalar_function(const Activation& activation) {
    const auto& v = activation.parameters;
    switch (activation.kind) {
    case ActivationKind::relu:
        return piecewise(0, 1);
    case ActivationKind::leaky_relu:
        return piecewise(v[0], 1);
    case ActivationKind::abrelu:
        return piecewise(v[0], v[1]);
    case ActivationKind::abs:
        return piecewise(-1, 1);
    case ActivationKind::sign:
        return of_expression("sign(x)");
    case ActivationKind::erf:
        return error_function(v[0], v[1], v[2]);
    case ActivationKind::sigmoid_like:
        return error_function(0.5, sigmoid_like_b, 0.5);
    case ActivationKind::gelu:
        return of_expression("gelu(x)");
    case ActivationKind::gabor:
        return of_expression("exp(-x^2) * sin(x)");
    case ActivationKind::sin:
        return sine(v[0], v[1], v[2]);
    case ActivationKind::cos:
        return sine(v[0], v[1], v[2] + std::numbers::pi / 2);
    case ActivationKind::rbf:
        return sine(std::numbers::sqrt2, std::sqrt(2 * v[0]), std::numbers::pi / 4);
    case ActivationKind::gaussian: {
        const double a = v[0];
        const double b = v[1];
        return {[=](double x) { return a * std::exp(b * x * x); },
                [=](double x) { return 2 * a * b * x * std::exp(b * x * x); }};
    }
    case ActivationKind::exp: {
        const double a = v[0];
        const double b = v[1];
        return {[=](double x) { return a * std::exp(b * x); }, [=](double x) { return a * b * std::exp(b * x); }};
    }
    case ActivationKind::monomial: {
        std::vector<double> coefficients(static_cast<std::size_t>(v[0]) + 1, 0.0);
        coefficients.back() = 1.0;
        return polynomial(std::move(coefficients));
    }
    case ActivationKind::polynomial:
        return polynomial(v);
    case ActivationKind::hermite:
        return hermite(v[0]);
    case ActivationKind::rectified_monomial: {
        const double n = v[0];
        if (n == 0.0) return of_expression("step(x)");
        if (n == 1.0) return piecewise(0, 1);
        return {[=](double x) { return x > 0 ? power(x, n) : 0.0; },
                [=](double x) { return x > 0 ? n * power(x, n - 1) : 0.0; }};
    }
    case ActivationKind::tanh:
        return of_expression("tanh(x)");
    case ActivationKind::sigmoid:
        return of_expression("sigmoid(x)");
    case ActivationKind::softplus:
        return of_expression("softplus(x)");
    case ActivationKind::swish:
        return of_expression("swish(x)");
    case ActivationKind::elu:
        return elu(1.0, 1.0);
    case ActivationKind::selu:
        return elu(selu_scale, selu_alpha);
    case ActivationKind::identity:
        return piecewise(1, 1);
    case ActivationKind::hardtanh:
        return {[](double x) { return std::clamp(x, -1.0, 1.0); },
                [](double x) { return std::abs(x) < 1   ? 1.0
                                      : std::abs(x) > 1 ? 0.0
                                                        : 0.5; }};
    case ActivationKind::atan:
        return of_expression("atan(x)");
    case ActivationKind::softsign:
        return {[](double x) { return x / (1 + std::abs(x)); },
                [](double x) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); }};
    case ActivationKind::signed_power: {
        const double q = v[0];
        return {[=](double x) { return std::copysign(std::pow(std::abs(x), q), x); },
                [=](double x) { return q * std::pow(std::abs(x), q - 1); }};
    }
    case ActivationKind::expression:
        return of_expression(activation.expression);
    }
    return {};
}

std::vector<double> kinks_of(const Activation& activation) {
    switch (activation.kind) {
    case ActivationKind::relu:
    case ActivationKind::leaky_relu:
    case ActivationKind::abrelu:
    case ActivationKind::abs:
    case ActivationKind::sign:
    case ActivationKind::rectified_monomial:
    case ActivationKind::elu:
    case ActivationKind::selu:
    case ActivationKind::softsign:
    case ActivationKind::signed_power:
        return {0.0};
    case ActivationKind::hardtanh:
        return {-1.0, 1.0};
    default:
        return activation.kinks;
    }
}

} // namespace limsym::network
