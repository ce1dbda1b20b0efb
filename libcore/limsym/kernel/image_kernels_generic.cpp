#include "limsym/kernel/image_kernels_body.hpp"
#include "limsym/kernel/image_kernels_sets.hpp"

namespace limsym::kernel {

namespace {
struct Isa {
    static constexpr std::size_t bytes = 16;
    static constexpr std::string_view name = "generic";
};
} // namespace

template <>
ImageKernels<double> image_kernels_generic<double>() {
    return ImageLoops<Isa, double>::table();
}
template <>
ImageKernels<float> image_kernels_generic<float>() {
    return ImageLoops<Isa, float>::table();
}

} // namespace limsym::kernel
