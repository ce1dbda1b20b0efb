// The variants of column_kernels.hpp, one a file; column_kernels.cpp chooses.
#pragma once

#include "limsym/kernel/column_kernels.hpp"

namespace limsym::kernel {

template <typename T>
[[nodiscard]] ColumnKernels<T> column_kernels_generic();
template <typename T>
[[nodiscard]] ColumnKernels<T> column_kernels_avx2();
template <typename T>
[[nodiscard]] ColumnKernels<T> column_kernels_avx512();

template <>
[[nodiscard]] ColumnKernels<double> column_kernels_generic<double>();
template <>
[[nodiscard]] ColumnKernels<float> column_kernels_generic<float>();
template <>
[[nodiscard]] ColumnKernels<double> column_kernels_avx2<double>();
template <>
[[nodiscard]] ColumnKernels<float> column_kernels_avx2<float>();
template <>
[[nodiscard]] ColumnKernels<double> column_kernels_avx512<double>();
template <>
[[nodiscard]] ColumnKernels<float> column_kernels_avx512<float>();

} // namespace limsym::kernel
