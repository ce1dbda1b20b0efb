#include "limsym/kernel/image_kernels_body.hpp"
#include "limsym/kernel/image_kernels_sets.hpp"

namespace limsym::kernel {

namespace {
struct Isa {
    static constexpr std::size_t bytes = 64;
    static constexpr std::string_view name = "avx512";
};
} // namespace

template <>
ImageKernels<double> image_kernels_avx512<double>() {
    return ImageLoops<Isa, double>::table();
}
template <>
ImageKernels<float> image_kernels_avx512<float>() {
    return ImageLoops<Isa, float>::table();
}

} // namespace limsym::kernel
