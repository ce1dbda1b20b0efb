#include "limsym/network/block_activation.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "limsym/network/element_kernels.hpp"
#include "limsym/network/expression.hpp"

namespace limsym::network {

namespace {

struct Jet {
    double value;
    double slope;
    double curvature;
};

// Normalised Hermite polynomials: h_n' = sqrt(n) h_(n-1).
double hermite(double degree, double x) {
    if (degree < 0) return 0.0;
    double previous = 0.0;
    double current = 1.0;
    for (double k = 0.0; k < degree; k += 1.0) {
        const double next = (x * current - std::sqrt(k) * previous) / std::sqrt(k + 1.0);
        previous = current;
        current = next;
    }
    return current;
}

Jet hermite_jet(double n, double x) {
    return {hermite(n, x), n < 1 ? 0.0 : std::sqrt(n) * hermite(n - 1, x),
            n < 2 ? 0.0 : std::sqrt(n * (n - 1)) * hermite(n - 2, x)};
}

Jet rectified_monomial_jet(double n, double x) {
    if (n == 0.0) return {x > 0 ? 1.0 : x < 0 ? 0.0 : 0.5, 0.0, 0.0};
    if (n == 1.0) return {x > 0 ? x : 0.0, x > 0 ? 1.0 : x < 0 ? 0.0 : 0.5, 0.0};
    if (x <= 0) return {0.0, 0.0, x == 0 && n == 2.0 ? 1.0 : 0.0};
    return {std::pow(x, n), n * std::pow(x, n - 1), n * (n - 1) * std::pow(x, n - 2)};
}

} // namespace

struct BlockActivation::Parts {
    std::optional<ElementFunction> fast;
    std::vector<double> coefficients; // of fast
    std::function<Jet(double)> jet;   // where there is no fast
};

BlockActivation::BlockActivation() : BlockActivation(Activation{ActivationKind::identity, {}, {}, {}}) {}

BlockActivation::BlockActivation(const Activation& activation) : activation_(activation) {
    auto made = std::make_shared<Parts>();
    const auto& v = activation.parameters;
    const auto fast = [&](ElementForm form, double a = 0.0, double b = 0.0, double c = 0.0) {
        made->fast = ElementFunction{form, a, b, c};
    };
    const auto polynomial = [&](std::vector<double> coefficients) {
        made->coefficients = std::move(coefficients);
        made->fast = ElementFunction{ElementForm::polynomial,  0.0, 0.0, 0.0, made->coefficients.data(),
                                     made->coefficients.size()};
    };
    switch (activation.kind) {
    case ActivationKind::relu:
        fast(ElementForm::piecewise_linear, 0, 1);
        break;
    case ActivationKind::leaky_relu:
        fast(ElementForm::piecewise_linear, v[0], 1);
        break;
    case ActivationKind::abrelu:
        fast(ElementForm::piecewise_linear, v[0], v[1]);
        break;
    case ActivationKind::abs:
        fast(ElementForm::piecewise_linear, -1, 1);
        break;
    case ActivationKind::identity:
        fast(ElementForm::piecewise_linear, 1, 1);
        break;
    case ActivationKind::erf:
        fast(ElementForm::error_function, v[0], v[1], v[2]);
        break;
    case ActivationKind::sigmoid_like:
        fast(ElementForm::error_function, 0.5, 1 / 2.4020563531719796, 0.5);
        break;
    case ActivationKind::gelu:
        fast(ElementForm::gelu);
        break;
    case ActivationKind::gabor:
        fast(ElementForm::gabor);
        break;
    case ActivationKind::sin:
        fast(ElementForm::sine, v[0], v[1], v[2]);
        break;
    case ActivationKind::cos:
        fast(ElementForm::cosine, v[0], v[1], v[2]);
        break;
    case ActivationKind::rbf:
        fast(ElementForm::sine, std::numbers::sqrt2, std::sqrt(2 * v[0]), std::numbers::pi / 4);
        break;
    case ActivationKind::gaussian:
        fast(ElementForm::gaussian, v[0], v[1]);
        break;
    case ActivationKind::exp:
        fast(ElementForm::exponential, v[0], v[1]);
        break;
    case ActivationKind::monomial: {
        std::vector<double> coefficients(static_cast<std::size_t>(v[0]) + 1, 0.0);
        coefficients.back() = 1.0;
        polynomial(std::move(coefficients));
        break;
    }
    case ActivationKind::polynomial:
        polynomial(v);
        break;
    case ActivationKind::tanh:
        fast(ElementForm::tanh);
        break;
    case ActivationKind::sigmoid:
        fast(ElementForm::sigmoid);
        break;
    case ActivationKind::softplus:
        fast(ElementForm::softplus);
        break;
    case ActivationKind::swish:
        fast(ElementForm::swish);
        break;
    case ActivationKind::elu:
        fast(ElementForm::elu, 1.0, 1.0);
        break;
    case ActivationKind::selu:
        fast(ElementForm::elu, 1.0507009873554804934193349852946, 1.6732632423543772848170429916717);
        break;
    case ActivationKind::hermite:
        made->jet = [n = v[0]](double x) { return hermite_jet(n, x); };
        break;
    case ActivationKind::rectified_monomial:
        made->jet = [n = v[0]](double x) { return rectified_monomial_jet(n, x); };
        break;
    case ActivationKind::sign:
        made->jet = [](double x) { return Jet{x > 0 ? 1.0 : x < 0 ? -1.0 : 0.0, 0.0, 0.0}; };
        break;
    case ActivationKind::hardtanh:
        made->jet = [](double x) {
            const double size = std::abs(x);
            return Jet{std::clamp(x, -1.0, 1.0), size < 1 ? 1.0 : size > 1 ? 0.0 : 0.5, 0.0};
        };
        break;
    case ActivationKind::atan:
        made->jet = [](double x) {
            const double slope = 1 / (1 + x * x);
            return Jet{std::atan(x), slope, -2 * x * slope * slope};
        };
        break;
    case ActivationKind::softsign:
        made->jet = [](double x) {
            const double root = 1 / (1 + std::abs(x)); // x/(1 + |x|), its slope the square of this
            return Jet{x * root, root * root, x == 0 ? 0.0 : std::copysign(2 * root * root * root, -x)};
        };
        break;
    case ActivationKind::signed_power:
        made->jet = [q = v[0]](double x) {
            const double size = std::abs(x);
            return Jet{std::copysign(std::pow(size, q), x), q * std::pow(size, q - 1),
                       x == 0 ? 0.0 : std::copysign(q * (q - 1) * std::pow(size, q - 2), x)};
        };
        break;
    case ActivationKind::expression:
        made->jet = [e = Expression(activation.expression, "activation")](double x) {
            const Expression::Jet jet = e.jet_at(x);
            return Jet{jet.value, jet.slope, jet.curvature};
        };
        break;
    }
    parts_ = std::move(made);
}

template <typename T>
void BlockActivation::evaluate(const T* u, T* value, T* slope, T* curvature, std::size_t count) const {
    if (parts_->fast) {
        element_kernels<T>().evaluate(*parts_->fast, u, value, slope, curvature, count);
        return;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const Jet jet = parts_->jet(static_cast<double>(u[i]));
        if (value != nullptr) value[i] = static_cast<T>(jet.value);
        if (slope != nullptr) slope[i] = static_cast<T>(jet.slope);
        if (curvature != nullptr) curvature[i] = static_cast<T>(jet.curvature);
    }
}

template void BlockActivation::evaluate<double>(const double*, double*, double*, double*, std::size_t) const;
template void BlockActivation::evaluate<float>(const float*, float*, float*, float*, std::size_t) const;

} // namespace limsym::network
