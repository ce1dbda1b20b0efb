#include "limsym/satnet/sweep_kernels_body.hpp"

namespace limsym::satnet {

constinit const SweepKernels<double> generic_sweep_kernels_double = SweepLoops<double, 16>::table("generic");
constinit const SweepKernels<float> generic_sweep_kernels_float = SweepLoops<float, 16>::table("generic");

} // namespace limsym::satnet
