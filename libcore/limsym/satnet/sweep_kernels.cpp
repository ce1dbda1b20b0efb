#include "limsym/satnet/sweep_kernels.hpp"

#include <type_traits>

#include "limsym/numerics/instruction_set.hpp"

namespace limsym::satnet {

namespace {

template <typename T>
const SweepKernels<T>& choose() {
    constexpr bool is_double = std::is_same_v<T, double>;
#if defined(__x86_64__)
    const numerics::InstructionSet set = numerics::instruction_set();
    if (set == numerics::InstructionSet::avx512) {
        if constexpr (is_double)
            return avx512_sweep_kernels_double;
        else
            return avx512_sweep_kernels_float;
    }
    if (set == numerics::InstructionSet::avx2) {
        if constexpr (is_double)
            return avx2_sweep_kernels_double;
        else
            return avx2_sweep_kernels_float;
    }
#endif
    if constexpr (is_double)
        return generic_sweep_kernels_double;
    else
        return generic_sweep_kernels_float;
}

} // namespace

template <typename T>
const SweepKernels<T>& sweep_kernels() {
    static const SweepKernels<T>& chosen = choose<T>();
    return chosen;
}
template const SweepKernels<double>& sweep_kernels<double>();
template const SweepKernels<float>& sweep_kernels<float>();

} // namespace limsym::satnet
