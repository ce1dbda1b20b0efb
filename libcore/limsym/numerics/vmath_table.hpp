// The implementations of vmath.hpp, one table of functions an instruction set.
#pragma once

#include <cstddef>
#include <string_view>

namespace limsym::numerics {

template <typename T>
struct VectorFunctions {
    using Unary = void (*)(const T* in, T* out, std::size_t count);
    using Binary = void (*)(const T* first, const T* second, T* out, std::size_t count);
    Unary exp, expm1, log, log1p, sin, cos, erf, tanh, acos;
    Binary atan2;
};

struct VmathTable {
    std::string_view name;
    VectorFunctions<double> in_double;
    VectorFunctions<float> in_float;
};

extern const VmathTable generic_vmath;
#if defined(__x86_64__)
extern const VmathTable avx2_vmath;
#endif

} // namespace limsym::numerics
