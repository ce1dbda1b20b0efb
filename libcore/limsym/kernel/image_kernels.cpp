#include "limsym/kernel/image_kernels.hpp"

#include <cstdlib>
#include <string_view>

#include "limsym/kernel/image_kernels_sets.hpp"

namespace limsym::kernel {

namespace {

template <typename T>
ImageKernels<T> choose() {
#if defined(__x86_64__)
    const char* wanted = std::getenv("LIMSYM_VMATH");
    const bool generic = wanted != nullptr && std::string_view(wanted) == "generic";
    const bool no_512 = generic || (wanted != nullptr && std::string_view(wanted) == "avx2");
    if (!no_512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return image_kernels_avx512<T>();
    if (!generic && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return image_kernels_avx2<T>();
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
