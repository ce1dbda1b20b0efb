// Derivatives of smooth activations up to the fourth, over blocks of numbers.
#pragma once

#include <array>
#include <cstddef>
#include <functional>

#include "limsym/network/activation.hpp"

namespace limsym::network {

/// A smooth activation as an analytic function.
struct SmoothActivation {
    static constexpr std::size_t orders = 5;
    /// For i < count, m <= 4: out[m][i] is the m-th derivative at u[i].
    using Block = std::function<void(const double* u, std::size_t count, const std::array<double*, orders>& out)>;
    Block derivatives;
    /// Half width of the strip around the real axis in which the function is analytic; pi/2 for entire functions and
    /// where it is not known.
    double strip = 0.0;
};

/// Of an activation without kinks. @throws std::logic_error for one that has some
[[nodiscard]] SmoothActivation smooth_activation(const Activation& activation);

} // namespace limsym::network
