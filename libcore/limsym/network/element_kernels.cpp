#include "limsym/network/element_kernels.hpp"

#include "limsym/numerics/vmath.hpp"

namespace limsym::network {

namespace {

bool wide() {
    static const bool avx2 = numerics::vmath_path() == "avx2";
    return avx2;
}

} // namespace

template <>
const ElementKernels<double>& element_kernels<double>() {
#if defined(__x86_64__)
    if (wide()) return avx2_element_kernels_double;
#endif
    return generic_element_kernels_double;
}

template <>
const ElementKernels<float>& element_kernels<float>() {
#if defined(__x86_64__)
    if (wide()) return avx2_element_kernels_float;
#endif
    return generic_element_kernels_float;
}

} // namespace limsym::network
