#include "limsym/nodescaling/descent_kernels.hpp"

#include "limsym/numerics/instruction_set.hpp"

namespace limsym::nodescaling {

template <>
const DescentKernels<double>& descent_kernels<double>() {
#if defined(__x86_64__)
    if (numerics::instruction_set() == numerics::InstructionSet::avx512) return avx512_descent_kernels_double;
    if (numerics::instruction_set() == numerics::InstructionSet::avx2) return avx2_descent_kernels_double;
#endif
    return generic_descent_kernels_double;
}

template <>
const DescentKernels<float>& descent_kernels<float>() {
#if defined(__x86_64__)
    if (numerics::instruction_set() == numerics::InstructionSet::avx512) return avx512_descent_kernels_float;
    if (numerics::instruction_set() == numerics::InstructionSet::avx2) return avx2_descent_kernels_float;
#endif
    return generic_descent_kernels_float;
}

} // namespace limsym::nodescaling
