#include "limsym/nodescaling/descent_kernels_body.hpp"

namespace limsym::nodescaling {

constinit const DescentKernels<double> avx2_descent_kernels_double = DescentLoops<double, 32>::table();
constinit const DescentKernels<float> avx2_descent_kernels_float = DescentLoops<float, 32>::table();

} // namespace limsym::nodescaling
