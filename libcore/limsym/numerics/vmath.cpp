#include "limsym/numerics/vmath.hpp"

#include <cstdlib>
#include <type_traits>

#include "limsym/numerics/vmath_table.hpp"

namespace limsym::numerics {

namespace {

const VmathTable& choose() {
#if defined(__x86_64__)
    const char* wanted = std::getenv("LIMSYM_VMATH");
    const bool generic = wanted != nullptr && std::string_view(wanted) == "generic";
    if (!generic && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return avx2_vmath;
#endif
    return generic_vmath;
}

const VmathTable& table() {
    static const VmathTable& chosen = choose();
    return chosen;
}

template <typename T>
const VectorFunctions<T>& functions() {
    if constexpr (std::is_same_v<T, double>)
        return table().in_double;
    else
        return table().in_float;
}

} // namespace

template <typename T>
void vexp(const T* in, T* out, std::size_t count) {
    functions<T>().exp(in, out, count);
}
template <typename T>
void vexpm1(const T* in, T* out, std::size_t count) {
    functions<T>().expm1(in, out, count);
}
template <typename T>
void vlog(const T* in, T* out, std::size_t count) {
    functions<T>().log(in, out, count);
}
template <typename T>
void vlog1p(const T* in, T* out, std::size_t count) {
    functions<T>().log1p(in, out, count);
}
template <typename T>
void vsin(const T* in, T* out, std::size_t count) {
    functions<T>().sin(in, out, count);
}
template <typename T>
void vcos(const T* in, T* out, std::size_t count) {
    functions<T>().cos(in, out, count);
}
template <typename T>
void verf(const T* in, T* out, std::size_t count) {
    functions<T>().erf(in, out, count);
}
template <typename T>
void vtanh(const T* in, T* out, std::size_t count) {
    functions<T>().tanh(in, out, count);
}
template <typename T>
void vacos(const T* in, T* out, std::size_t count) {
    functions<T>().acos(in, out, count);
}
template <typename T>
void vatan2(const T* y, const T* x, T* out, std::size_t count) {
    functions<T>().atan2(y, x, out, count);
}

template void vexp<double>(const double*, double*, std::size_t);
template void vexpm1<double>(const double*, double*, std::size_t);
template void vlog<double>(const double*, double*, std::size_t);
template void vlog1p<double>(const double*, double*, std::size_t);
template void vsin<double>(const double*, double*, std::size_t);
template void vcos<double>(const double*, double*, std::size_t);
template void verf<double>(const double*, double*, std::size_t);
template void vtanh<double>(const double*, double*, std::size_t);
template void vacos<double>(const double*, double*, std::size_t);
template void vatan2<double>(const double*, const double*, double*, std::size_t);
template void vexp<float>(const float*, float*, std::size_t);
template void vexpm1<float>(const float*, float*, std::size_t);
template void vlog<float>(const float*, float*, std::size_t);
template void vlog1p<float>(const float*, float*, std::size_t);
template void vsin<float>(const float*, float*, std::size_t);
template void vcos<float>(const float*, float*, std::size_t);
template void verf<float>(const float*, float*, std::size_t);
template void vtanh<float>(const float*, float*, std::size_t);
template void vacos<float>(const float*, float*, std::size_t);
template void vatan2<float>(const float*, const float*, float*, std::size_t);

std::string_view vmath_path() {
    return table().name;
}

} // namespace limsym::numerics
