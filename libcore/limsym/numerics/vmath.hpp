// Elementary functions over blocks of numbers, by glibc's libmvec where the processor has AVX2, else by libm.
//
// A number's result depends neither on its place in the block nor on the block's length. In and out may be the same
// array. Errors are a few units in the last place of T (tests/numerics/vmath: <= 4 ulp). Chosen once at run time;
// the environment variable LIMSYM_VMATH=generic forces the portable version.
#pragma once

#include <cstddef>
#include <string_view>

namespace limsym::numerics {

// Each for T = double and float: out[i] = f(in[i]), i < count.
template <typename T>
void vexp(const T* in, T* out, std::size_t count);
template <typename T>
void vexpm1(const T* in, T* out, std::size_t count);
template <typename T>
void vlog(const T* in, T* out, std::size_t count);
template <typename T>
void vlog1p(const T* in, T* out, std::size_t count);
template <typename T>
void vsin(const T* in, T* out, std::size_t count);
template <typename T>
void vcos(const T* in, T* out, std::size_t count);
template <typename T>
void verf(const T* in, T* out, std::size_t count);
template <typename T>
void vtanh(const T* in, T* out, std::size_t count);
template <typename T>
void vacos(const T* in, T* out, std::size_t count);
/// out[i] = atan2(y[i], x[i])
template <typename T>
void vatan2(const T* y, const T* x, T* out, std::size_t count);

/// "avx2" or "generic".
[[nodiscard]] std::string_view vmath_path();

} // namespace limsym::numerics
