// The variants of image_kernels.hpp, one a file; image_kernels.cpp chooses.
#pragma once

#include "limsym/kernel/image_kernels.hpp"

namespace limsym::kernel {

template <typename T>
[[nodiscard]] ImageKernels<T> image_kernels_generic();
template <typename T>
[[nodiscard]] ImageKernels<T> image_kernels_avx2();
template <typename T>
[[nodiscard]] ImageKernels<T> image_kernels_avx512();

template <>
[[nodiscard]] ImageKernels<double> image_kernels_generic<double>();
template <>
[[nodiscard]] ImageKernels<float> image_kernels_generic<float>();
template <>
[[nodiscard]] ImageKernels<double> image_kernels_avx2<double>();
template <>
[[nodiscard]] ImageKernels<float> image_kernels_avx2<float>();
template <>
[[nodiscard]] ImageKernels<double> image_kernels_avx512<double>();
template <>
[[nodiscard]] ImageKernels<float> image_kernels_avx512<float>();

} // namespace limsym::kernel
