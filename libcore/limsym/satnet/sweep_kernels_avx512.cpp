#include "limsym/satnet/sweep_kernels_body.hpp"

namespace limsym::satnet {

constinit const SweepKernels<double> avx512_sweep_kernels_double = SweepLoops<double, 64>::table("avx512");
constinit const SweepKernels<float> avx512_sweep_kernels_float = SweepLoops<float, 64>::table("avx512");

} // namespace limsym::satnet
