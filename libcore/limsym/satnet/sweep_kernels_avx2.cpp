#include "limsym/satnet/sweep_kernels_body.hpp"

namespace limsym::satnet {

constinit const SweepKernels<double> avx2_sweep_kernels_double = SweepLoops<double, 32>::table("avx2");
constinit const SweepKernels<float> avx2_sweep_kernels_float = SweepLoops<float, 32>::table("avx2");

} // namespace limsym::satnet
