#include "limsym/stable/sampler_body.hpp"

namespace limsym::stable {

namespace {
struct Isa {
    static constexpr bool has_fma = true;
};
} // namespace

SamplerLoops sampler_loops_avx2() {
    return SamplerBody<Isa>::table();
}

} // namespace limsym::stable
