#include "limsym/kernel/column_kernels.hpp"

#include "limsym/kernel/column_kernels_sets.hpp"
#include "limsym/numerics/instruction_set.hpp"

namespace limsym::kernel {

namespace {

template <typename T>
ColumnKernels<T> choose() {
#if defined(__x86_64__)
    const numerics::InstructionSet set = numerics::instruction_set();
    if (set == numerics::InstructionSet::avx512) return column_kernels_avx512<T>();
    if (set == numerics::InstructionSet::avx2) return column_kernels_avx2<T>();
#endif
    return column_kernels_generic<T>();
}

} // namespace

template <typename T>
const ColumnKernels<T>& column_kernels() {
    static const ColumnKernels<T> chosen = choose<T>();
    return chosen;
}
template const ColumnKernels<double>& column_kernels<double>();
template const ColumnKernels<float>& column_kernels<float>();

} // namespace limsym::kernel
