#include "limsym/kernel/column_kernels_body.hpp"
#include "limsym/kernel/column_kernels_sets.hpp"

namespace limsym::kernel {

namespace {
struct Isa {
    static constexpr bool has_fma = true;
    static constexpr std::string_view name = "avx2";
};
} // namespace

template <>
ColumnKernels<double> column_kernels_avx2<double>() {
    return ColumnLoops<Isa, double>::table();
}
template <>
ColumnKernels<float> column_kernels_avx2<float>() {
    return ColumnLoops<Isa, float>::table();
}

} // namespace limsym::kernel
