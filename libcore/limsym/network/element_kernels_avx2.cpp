#include "limsym/network/element_kernels_body.hpp"

namespace limsym::network {

constinit const ElementKernels<double> avx2_element_kernels_double = ElementLoops<double>::table();
constinit const ElementKernels<float> avx2_element_kernels_float = ElementLoops<float>::table();

} // namespace limsym::network
