// The loops over single numbers in training: activations with derivatives, biases, optimiser steps. One table of
// functions an instruction set (element_kernels_body.hpp compiled per set), chosen as numerics/vmath.hpp chooses; only
// correctly rounded operations and vmath, so that the sets differ in speed alone.
#pragma once

#include <cstddef>

namespace limsym::network {

/// The activations that have a vectorised form.
enum class ElementForm {
    piecewise_linear, ///< a x for x < 0, b x for x > 0: relu, leaky_relu, abrelu, abs, identity
    error_function,   ///< a erf(b x) + c
    sine,             ///< a sin(b x + c)
    cosine,           ///< a cos(b x + c)
    gaussian,         ///< a exp(b x^2)
    exponential,      ///< a exp(b x)
    gabor,            ///< exp(-x^2) sin x
    gelu,
    tanh,
    sigmoid,
    softplus,
    swish,
    elu, ///< a x for x > 0, else a b (exp(x) - 1)
    polynomial,
};

struct ElementFunction {
    ElementForm form = ElementForm::piecewise_linear;
    double a = 0.0;
    double b = 1.0;
    double c = 0.0;
    const double* coefficients = nullptr; ///< of 1, x, x^2, ...
    std::size_t coefficient_count = 0;
};

/// Numbers that one Adam step uses everywhere.
struct AdamNumbers {
    double beta1;
    double beta2;
    double rate; ///< rate / (1 - beta1^t)
    double root; ///< 1 / sqrt(1 - beta2^t)
    double epsilon;
    double decay;  ///< added to the gradient: decay p
    double shrink; ///< decoupled decay: p is multiplied by 1 - shrink
    double factor; ///< of the gradient
};

struct DescentNumbers {
    double rate;
    double momentum;
    bool nesterov;
    double decay;
    double factor;
};

template <typename T>
struct ElementKernels {
    /// value, slope, curvature may be null; value may be u
    void (*evaluate)(const ElementFunction& f, const T* u, T* value, T* slope, T* curvature, std::size_t count);
    /// out[i] += in[i]
    void (*add)(const T* in, T* out, std::size_t count);
    /// out[i] *= in[i]
    void (*multiply)(const T* in, T* out, std::size_t count);
    /// out[i] += a[i] b[i]
    void (*add_product)(const T* a, const T* b, T* out, std::size_t count);
    /// out[i] += a[i] b[i] c[i]
    void (*add_triple_product)(const T* a, const T* b, const T* c, T* out, std::size_t count);
    void (*adam)(const AdamNumbers& numbers, const T* gradient, T* first, T* second, T* parameters, std::size_t count);
    /// velocity may be null where momentum is 0
    void (*descend)(const DescentNumbers& numbers, const T* gradient, T* velocity, T* parameters, std::size_t count);
};

/// The table of this processor.
template <typename T>
[[nodiscard]] const ElementKernels<T>& element_kernels();

// One file an instruction set.
extern const ElementKernels<double> generic_element_kernels_double;
extern const ElementKernels<float> generic_element_kernels_float;
#if defined(__x86_64__)
extern const ElementKernels<double> avx2_element_kernels_double;
extern const ElementKernels<float> avx2_element_kernels_float;
#endif

} // namespace limsym::network
