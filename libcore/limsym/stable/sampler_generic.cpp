#include "limsym/stable/sampler_body.hpp"

namespace limsym::stable {

namespace {
struct Isa {
    static constexpr bool has_fma = false;
};
} // namespace

SamplerLoops sampler_loops_generic() {
    return SamplerBody<Isa>::table();
}

} // namespace limsym::stable
