// Portable elementary functions: libm, number by number.
#include <cmath>

#include "limsym/numerics/vmath_table.hpp"

namespace limsym::numerics {

namespace {

template <typename T, T (*Function)(T)>
void each(const T* in, T* out, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        out[i] = Function(in[i]);
}

template <typename T>
void each_atan2(const T* y, const T* x, T* out, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
        out[i] = std::atan2(y[i], x[i]);
}

template <typename T>
constexpr VectorFunctions<T> libm_functions() {
    return {each<T, std::exp>, each<T, std::expm1>, each<T, std::log>,  each<T, std::log1p>, each<T, std::sin>,
            each<T, std::cos>, each<T, std::erf>,   each<T, std::tanh>, each<T, std::acos>,  each_atan2<T>};
}

} // namespace

constinit const VmathTable generic_vmath = {"generic", libm_functions<double>(), libm_functions<float>()};

} // namespace limsym::numerics
