#include "limsym/nodescaling/descent_kernels_body.hpp"

namespace limsym::nodescaling {

constinit const DescentKernels<double> avx512_descent_kernels_double = DescentLoops<double, 64>::table();
constinit const DescentKernels<float> avx512_descent_kernels_float = DescentLoops<float, 64>::table();

} // namespace limsym::nodescaling
