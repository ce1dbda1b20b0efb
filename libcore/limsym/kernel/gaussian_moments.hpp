// Gaussian moments of an activation: for (u, v) centred normal with variances a, b and covariance c, F = E phi(u)
// phi(v) and its partial derivatives, which are moments of derivatives of phi (Price's theorem):
//   Fc = E phi'phi',        Fcc = E phi''phi'',   Fccc = E phi'''phi''',
//   Fa = E phi''(u) phi(v)/2,   Fca = E phi'''(u) phi'(v)/2,   Fcca = E phi''''(u) phi''(v)/2,   Fb, Fcb, Fccb alike.
// With Fab = Fcc/4 and Fcab = Fccc/4 they are all that kernels of a network and its input Jacobian need.
// Closed forms where there are some (those of closed_forms.hpp, differentiated), Isserlis' theorem for polynomials,
// quadrature for every other smooth activation.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "limsym/kernel/closed_forms.hpp"
#include "limsym/kernel/moment_quadrature.hpp"
#include "limsym/network/activation.hpp"

namespace limsym::kernel {

/// Polynomial and its derivatives up to the fourth, coefficients lowest degree first.
struct PolynomialMoments {
    std::array<std::vector<double>, 5> coefficients;
};

/// An activation made ready for its moments. Cheap to copy.
struct MomentForm {
    std::variant<ArcForm, ErfForm, GeluForm, TrigonometricForm, ExponentialForm, PolynomialMoments,
                 std::shared_ptr<const MomentQuadrature>>
        form;
    /// phi' has no jump: only then are Fccc, Fcca and Fccb numbers and does the network have a Jacobian NTK.
    bool smooth = true;
};

/// @param place of the activation, for messages: "--activation", "net.json:/layers/1/activation"
/// @throws InputError for activations whose moments are not built: those with kinks besides relu, leaky_relu, abrelu
/// and abs
[[nodiscard]] MomentForm moment_form(const network::Activation& activation, const std::string& place);

/// The moments of many pairs. What does not exist (Fccc, Fcca, Fccb of a form that is not smooth) is NaN.
/// A pair's result depends neither on its place nor on the others.
struct MomentBlock {
    static constexpr std::size_t most = 128;
    using Numbers = std::array<double, most>;
    Numbers a;
    Numbers b;
    Numbers c;
    Moments<Numbers> moments;
};
/// The first `count` pairs: a, b >= 0, c^2 <= a b up to rounding.
void evaluate_moments(const MomentForm& form, std::size_t count, MomentBlock& block);

/// One pair.
[[nodiscard]] Moments<double> evaluate_moments(const MomentForm& form, double a, double b, double c);

/// "F", "Fc", ... in the order of `moments_in_order`.
inline constexpr std::array<std::string_view, 10> moment_names{"F",  "Fc",  "Fcc", "Fccc", "Fa",
                                                               "Fb", "Fca", "Fcb", "Fcca", "Fccb"};
[[nodiscard]] std::array<double, 10> moments_in_order(const Moments<double>& moments);

} // namespace limsym::kernel
