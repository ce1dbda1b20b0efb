// The loops of element_kernels.hpp; included by one file an instruction set. Everything has internal linkage, so that
// no function compiled for one set can be chosen by the linker for others.
#pragma once

#include <cstddef>

#include "limsym/network/element_kernels.hpp"
#include "limsym/numerics/vmath.hpp"

namespace limsym::network {

namespace {

constexpr std::size_t block_length = 256;

inline double root_of(double x) {
    return __builtin_sqrt(x);
}
inline float root_of(float x) {
    return __builtin_sqrtf(x);
}
inline double absolute(double x) {
    return __builtin_fabs(x);
}
inline float absolute(float x) {
    return __builtin_fabsf(x);
}

/// At most block_length numbers; value is never u here.
template <typename T>
struct ElementLoops {
    struct Block {
        const T* u;
        T* value;
        T* slope;     // or null
        T* curvature; // or null
        std::size_t count;
    };
    using Numbers = T[block_length];

    static void piecewise_linear(const ElementFunction& f, const Block& k) {
        const T below = static_cast<T>(f.a);
        const T above = static_cast<T>(f.b);
        const T middle = static_cast<T>(0.5 * (f.a + f.b));
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] = (k.u[i] > 0 ? above : below) * k.u[i];
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = k.u[i] > 0 ? above : k.u[i] < 0 ? below : middle;
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = 0;
    }

    static void error_function(const ElementFunction& f, const Block& k) {
        Numbers t;
        const T b = static_cast<T>(f.b);
        for (std::size_t i = 0; i < k.count; ++i)
            t[i] = b * k.u[i];
        numerics::verf(t, k.value, k.count);
        const T a = static_cast<T>(f.a);
        const T c = static_cast<T>(f.c);
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] = a * k.value[i] + c;
        if (k.slope == nullptr && k.curvature == nullptr) return;
        for (std::size_t i = 0; i < k.count; ++i)
            t[i] = -t[i] * t[i];
        numerics::vexp(t, t, k.count);
        constexpr double two_over_root_pi = 1.1283791670955126;
        const T top = static_cast<T>(f.a * f.b * two_over_root_pi);
        const T fall = static_cast<T>(-2 * f.b * f.b);
        for (std::size_t i = 0; i < k.count; ++i)
            t[i] *= top;
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = t[i];
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = fall * k.u[i] * t[i];
    }

    // a sin(b x + c), or its derivative by the phase: a cos(b x + c)
    static void wave(const ElementFunction& f, const Block& k, bool cosine) {
        Numbers phase;
        Numbers sine;
        Numbers other;
        const T b = static_cast<T>(f.b);
        const T c = static_cast<T>(f.c);
        for (std::size_t i = 0; i < k.count; ++i)
            phase[i] = b * k.u[i] + c;
        const bool derivative = k.slope != nullptr;
        if (!cosine || derivative) numerics::vsin(phase, sine, k.count);
        if (cosine || derivative) numerics::vcos(phase, other, k.count);
        const T* const wave = cosine ? other : sine;
        const T* const shifted = cosine ? sine : other;
        const T a = static_cast<T>(f.a);
        const T first = static_cast<T>(cosine ? -f.a * f.b : f.a * f.b);
        const T second = static_cast<T>(-f.a * f.b * f.b);
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] = a * wave[i];
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = first * shifted[i];
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = second * wave[i];
    }

    static void gaussian(const ElementFunction& f, const Block& k) {
        const T a = static_cast<T>(f.a);
        const T b = static_cast<T>(f.b);
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] = b * k.u[i] * k.u[i];
        numerics::vexp(k.value, k.value, k.count);
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] *= a;
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = 2 * b * k.u[i] * k.value[i];
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = 2 * b * (1 + 2 * b * k.u[i] * k.u[i]) * k.value[i];
    }

    static void exponential(const ElementFunction& f, const Block& k) {
        const T a = static_cast<T>(f.a);
        const T b = static_cast<T>(f.b);
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] = b * k.u[i];
        numerics::vexp(k.value, k.value, k.count);
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] *= a;
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = b * k.value[i];
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = b * b * k.value[i];
    }

    static void gabor(const ElementFunction&, const Block& k) {
        Numbers e;
        Numbers sine;
        Numbers cosine;
        for (std::size_t i = 0; i < k.count; ++i)
            e[i] = -k.u[i] * k.u[i];
        numerics::vexp(e, e, k.count);
        numerics::vsin(k.u, sine, k.count);
        numerics::vcos(k.u, cosine, k.count);
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] = e[i] * sine[i];
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = e[i] * (cosine[i] - 2 * k.u[i] * sine[i]);
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = e[i] * ((4 * k.u[i] * k.u[i] - 3) * sine[i] - 4 * k.u[i] * cosine[i]);
    }

    static void gelu(const ElementFunction&, const Block& k) {
        Numbers distribution;
        Numbers density;
        const T root_half = static_cast<T>(0.70710678118654752440);
        for (std::size_t i = 0; i < k.count; ++i)
            distribution[i] = root_half * k.u[i];
        numerics::verf(distribution, distribution, k.count);
        const T half = static_cast<T>(0.5);
        for (std::size_t i = 0; i < k.count; ++i)
            distribution[i] = half + half * distribution[i];
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] = k.u[i] * distribution[i];
        if (k.slope == nullptr && k.curvature == nullptr) return;
        for (std::size_t i = 0; i < k.count; ++i)
            density[i] = -half * k.u[i] * k.u[i];
        numerics::vexp(density, density, k.count);
        const T top = static_cast<T>(0.39894228040143267794);
        for (std::size_t i = 0; i < k.count; ++i)
            density[i] *= top;
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = distribution[i] + k.u[i] * density[i];
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = (2 - k.u[i] * k.u[i]) * density[i];
    }

    static void tanh(const ElementFunction&, const Block& k) {
        numerics::vtanh(k.u, k.value, k.count);
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = (1 - k.value[i]) * (1 + k.value[i]);
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = -2 * k.value[i] * (1 - k.value[i]) * (1 + k.value[i]);
    }

    /// s = sigmoid(u), r = sigmoid(-u), e = exp(-|u|): no overflow, no cancellation.
    struct Logistic {
        Numbers s;
        Numbers r;
        Numbers e;
        explicit Logistic(const Block& k) {
            for (std::size_t i = 0; i < k.count; ++i)
                e[i] = -absolute(k.u[i]);
            numerics::vexp(e, e, k.count);
            for (std::size_t i = 0; i < k.count; ++i) {
                const T larger = 1 / (1 + e[i]);
                const T smaller = e[i] * larger;
                s[i] = k.u[i] >= 0 ? larger : smaller;
                r[i] = k.u[i] >= 0 ? smaller : larger;
            }
        }
    };

    static void sigmoid(const ElementFunction&, const Block& k) {
        const Logistic l(k);
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] = l.s[i];
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = l.s[i] * l.r[i];
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = l.s[i] * l.r[i] * (l.r[i] - l.s[i]);
    }

    static void softplus(const ElementFunction&, const Block& k) {
        Logistic l(k);
        numerics::vlog1p(l.e, l.e, k.count);
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] = (k.u[i] > 0 ? k.u[i] : 0) + l.e[i];
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = l.s[i];
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = l.s[i] * l.r[i];
    }

    static void swish(const ElementFunction&, const Block& k) {
        const Logistic l(k);
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] = k.u[i] * l.s[i];
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = l.s[i] * (1 + k.u[i] * l.r[i]);
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = l.s[i] * l.r[i] * (2 + k.u[i] * (l.r[i] - l.s[i]));
    }

    static void elu(const ElementFunction& f, const Block& k) {
        Numbers e;
        const T scale = static_cast<T>(f.a);
        const T below = static_cast<T>(f.a * f.b);
        const T middle = static_cast<T>(0.5 * (f.a + f.a * f.b));
        for (std::size_t i = 0; i < k.count; ++i)
            e[i] = k.u[i] < 0 ? k.u[i] : 0;
        numerics::vexpm1(e, e, k.count);
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] = k.u[i] > 0 ? scale * k.u[i] : below * e[i];
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = k.u[i] > 0 ? scale : k.u[i] < 0 ? below + below * e[i] : middle;
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = k.u[i] < 0 ? below + below * e[i] : 0;
    }

    static void polynomial(const ElementFunction& f, const Block& k) {
        Numbers slope;
        Numbers curvature; // halved
        for (std::size_t i = 0; i < k.count; ++i)
            k.value[i] = slope[i] = curvature[i] = 0;
        for (std::size_t j = f.coefficient_count; j-- > 0;) {
            const T coefficient = static_cast<T>(f.coefficients[j]);
            for (std::size_t i = 0; i < k.count; ++i) {
                curvature[i] = curvature[i] * k.u[i] + slope[i];
                slope[i] = slope[i] * k.u[i] + k.value[i];
                k.value[i] = k.value[i] * k.u[i] + coefficient;
            }
        }
        if (k.slope != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.slope[i] = slope[i];
        if (k.curvature != nullptr)
            for (std::size_t i = 0; i < k.count; ++i)
                k.curvature[i] = 2 * curvature[i];
    }

    static void block(const ElementFunction& f, const Block& k) {
        switch (f.form) {
        case ElementForm::piecewise_linear:
            return piecewise_linear(f, k);
        case ElementForm::error_function:
            return error_function(f, k);
        case ElementForm::sine:
            return wave(f, k, false);
        case ElementForm::cosine:
            return wave(f, k, true);
        case ElementForm::gaussian:
            return gaussian(f, k);
        case ElementForm::exponential:
            return exponential(f, k);
        case ElementForm::gabor:
            return gabor(f, k);
        case ElementForm::gelu:
            return gelu(f, k);
        case ElementForm::tanh:
            return tanh(f, k);
        case ElementForm::sigmoid:
            return sigmoid(f, k);
        case ElementForm::softplus:
            return softplus(f, k);
        case ElementForm::swish:
            return swish(f, k);
        case ElementForm::elu:
            return elu(f, k);
        case ElementForm::polynomial:
            return polynomial(f, k);
        }
    }

    static void evaluate(const ElementFunction& f, const T* u, T* value, T* slope, T* curvature, std::size_t count) {
        Numbers result;
        for (std::size_t begin = 0; begin < count; begin += block_length) {
            const std::size_t length = count - begin < block_length ? count - begin : block_length;
            block(f, {u + begin, result, slope == nullptr ? nullptr : slope + begin,
                      curvature == nullptr ? nullptr : curvature + begin, length});
            if (value != nullptr)
                for (std::size_t i = 0; i < length; ++i)
                    value[begin + i] = result[i];
        }
    }

    static void add(const T* in, T* out, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            out[i] += in[i];
    }
    static void multiply(const T* in, T* out, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            out[i] *= in[i];
    }
    static void add_product(const T* a, const T* b, T* out, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            out[i] += a[i] * b[i];
    }
    static void add_triple_product(const T* a, const T* b, const T* c, T* out, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            out[i] += a[i] * b[i] * c[i];
    }

    // Moments that have all but vanished become 0: denormal numbers would slow every later step.
    static T flushed(T x) {
        constexpr T least = sizeof(T) == sizeof(double) ? static_cast<T>(1e-290) : static_cast<T>(1e-30F);
        return absolute(x) < least ? T{0} : x;
    }

    static void adam(const AdamNumbers& numbers, const T* gradient, T* first, T* second, T* parameters,
                     std::size_t count) {
        const T beta1 = static_cast<T>(numbers.beta1);
        const T beta2 = static_cast<T>(numbers.beta2);
        const T rest1 = static_cast<T>(1 - numbers.beta1);
        const T rest2 = static_cast<T>(1 - numbers.beta2);
        const T rate = static_cast<T>(numbers.rate);
        const T root = static_cast<T>(numbers.root);
        const T epsilon = static_cast<T>(numbers.epsilon);
        const T decay = static_cast<T>(numbers.decay);
        const T keep = static_cast<T>(1 - numbers.shrink);
        const T factor = static_cast<T>(numbers.factor);
        for (std::size_t i = 0; i < count; ++i) {
            const T p = parameters[i];
            const T g = factor * gradient[i] + decay * p;
            const T m = flushed(beta1 * first[i] + rest1 * g);
            const T v = beta2 * second[i] + rest2 * g * g;
            first[i] = m;
            second[i] = v;
            parameters[i] = keep * p - rate * m / (root * root_of(v) + epsilon);
        }
    }

    static void descend(const DescentNumbers& numbers, const T* gradient, T* velocity, T* parameters,
                        std::size_t count) {
        const T rate = static_cast<T>(numbers.rate);
        const T momentum = static_cast<T>(numbers.momentum);
        const T decay = static_cast<T>(numbers.decay);
        const T factor = static_cast<T>(numbers.factor);
        if (velocity == nullptr) {
            for (std::size_t i = 0; i < count; ++i)
                parameters[i] -= rate * (factor * gradient[i] + decay * parameters[i]);
            return;
        }
        const T look_ahead = numbers.nesterov ? momentum : T{1};
        const T direct = numbers.nesterov ? T{1} : T{0};
        for (std::size_t i = 0; i < count; ++i) {
            const T g = factor * gradient[i] + decay * parameters[i];
            const T v = flushed(momentum * velocity[i] + g);
            velocity[i] = v;
            parameters[i] -= rate * (direct * g + look_ahead * v);
        }
    }

    static constexpr ElementKernels<T> table() {
        return {evaluate, add, multiply, add_product, add_triple_product, adam, descend};
    }
};

} // namespace

} // namespace limsym::network
