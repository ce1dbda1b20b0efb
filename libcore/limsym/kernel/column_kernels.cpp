#include "limsym/kernel/column_kernels.hpp"

#include <cstdlib>
#include <string_view>

#include "limsym/kernel/column_kernels_sets.hpp"

namespace limsym::kernel {

namespace {

template <typename T>
ColumnKernels<T> choose() {
#if defined(__x86_64__)
    const char* wanted = std::getenv("LIMSYM_VMATH");
    const bool generic = wanted != nullptr && std::string_view(wanted) == "generic";
    const bool no_512 = generic || (wanted != nullptr && std::string_view(wanted) == "avx2");
    if (!no_512 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return column_kernels_avx512<T>();
    if (!generic && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return column_kernels_avx2<T>();
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
