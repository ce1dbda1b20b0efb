// Activations over blocks of numbers: phi, phi' and phi'' at once, vectorised, in both precisions.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "limsym/network/activation.hpp"

namespace limsym::network {

/// An activation made ready for blocks; cheap to copy. Equals scalar_function() of the same activation to a few units
/// in the last place of T (tests/network/block_activation.cpp). Built-ins run through numerics/vmath.hpp; hermite,
/// polynomials of high degree and expressions go number by number in double.
class BlockActivation {
public:
    /// The identity.
    BlockActivation();
    explicit BlockActivation(const Activation& activation);

    /// For i < count: value[i] = phi(u[i]), slope[i] = phi'(u[i]), curvature[i] = phi''(u[i]). A null pointer is left
    /// out, and what is shared is computed once. `value` may be `u`; the others may not. At a kink the slope is the
    /// mean of both sides and the curvature 0, so relu'(0) = 1/2. A result depends on its number alone.
    template <typename T>
    void evaluate(const T* u, T* value, T* slope, T* curvature, std::size_t count) const;

    [[nodiscard]] bool is_identity() const { return activation_.kind == ActivationKind::identity; }
    [[nodiscard]] const Activation& activation() const { return activation_; }

private:
    struct Parts; // the vectorised form, or a scalar function

    Activation activation_;
    std::shared_ptr<const Parts> parts_;
};

} // namespace limsym::network
