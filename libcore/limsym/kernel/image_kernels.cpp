#include "limsym/kernel/image_kernels.hpp"

#include "limsym/kernel/image_kernels_sets.hpp"
#include "limsym/numerics/instruction_set.hpp"

namespace limsym::kernel {

namespace {

template <typename T>
ImageKernels<T> choose() {
#if defined(__x86_64__)
    const numerics::InstructionSet set = numerics::instruction_set();
    if (set == numerics::InstructionSet::avx512) return image_kernels_avx512<T>();
    if (set == numerics::InstructionSet::avx2) return image_kernels_avx2<T>();
#endif
    return image_kernels_generic<T>();
}

} // namespace

template <typename T>
const ImageKernels<T>& image_kernels() {
    static const ImageKernels<T> chosen = choose<T>();
    return chosen;
}
template const ImageKernels<double>& image_kernels<double>();
template const ImageKernels<float>& image_kernels<float>();

} // namespace limsym::kernel
