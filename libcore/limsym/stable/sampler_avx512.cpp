#include "limsym/stable/sampler_body.hpp"

namespace limsym::stable {

namespace {
struct Isa {
    static constexpr bool has_fma = true;
};
} // namespace

SamplerLoops sampler_loops_avx512() {
    return SamplerBody<Isa>::table();
}

} // namespace limsym::stable
