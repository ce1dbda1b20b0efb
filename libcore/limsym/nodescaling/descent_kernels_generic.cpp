#include "limsym/nodescaling/descent_kernels_body.hpp"

namespace limsym::nodescaling {

constinit const DescentKernels<double> generic_descent_kernels_double = DescentLoops<double, 16>::table();
constinit const DescentKernels<float> generic_descent_kernels_float = DescentLoops<float, 16>::table();

} // namespace limsym::nodescaling
