#include "limsym/kernel/closed_forms.hpp"

namespace limsym::kernel {

namespace {

using network::ActivationKind;

constexpr double pi = std::numbers::pi;

ArcForm arc(double a, double b) {
    return {(a - b) * (a - b) / (2 * pi), (a * a + b * b) / 2};
}

ErfForm erf(double a, double b, double c) {
    return {a * a * 2 / pi, c * c, a * a * 4 * b * b / pi, 2 * b * b};
}

TrigonometricForm sine(double a, double b, double phase) {
    return {a * a / 2, std::cos(2 * phase), b * b};
}

} // namespace

std::optional<ClosedForm> closed_form(const network::Activation& activation) {
    const auto& v = activation.parameters;
    switch (activation.kind) {
    case ActivationKind::relu:
        return arc(0, 1);
    case ActivationKind::leaky_relu:
        return arc(v[0], 1);
    case ActivationKind::abrelu:
        return arc(v[0], v[1]);
    case ActivationKind::abs:
        return arc(-1, 1);
    case ActivationKind::sign:
        return StepForm{2 / pi, 0.0};
    case ActivationKind::erf:
        return erf(v[0], v[1], v[2]);
    case ActivationKind::sigmoid_like:
        return erf(0.5, 1 / 2.4020563531719796, 0.5);
    case ActivationKind::gelu:
        return GeluForm{};
    case ActivationKind::gabor:
        return GaborForm{};
    case ActivationKind::sin:
        return sine(v[0], v[1], v[2]);
    case ActivationKind::cos:
        return sine(v[0], v[1], v[2] + pi / 2);
    case ActivationKind::rbf:
        return ExponentialForm{1.0, 2 * v[0], -1.0};
    case ActivationKind::gaussian:
        return GaussianForm{v[0] * v[0], v[1]};
    case ActivationKind::exp:
        return ExponentialForm{v[0] * v[0], v[1] * v[1], 1.0};
    case ActivationKind::rectified_monomial:
        if (v[0] == 0.0) return StepForm{1 / (2 * pi), 0.25};
        if (v[0] == 1.0) return arc(0, 1);
        return RectifiedForm{static_cast<int>(v[0])};
    default:
        return std::nullopt;
    }
}

} // namespace limsym::kernel
