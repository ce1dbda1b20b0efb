#include "limsym/stable/sampler.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "limsym/numerics/instruction_set.hpp"
#include "limsym/stable/sampler_loops.hpp"

namespace limsym::stable {

namespace {

SamplerLoops choose() {
#if defined(__x86_64__)
    const numerics::InstructionSet set = numerics::instruction_set();
    if (set == numerics::InstructionSet::avx512) return sampler_loops_avx512();
    if (set == numerics::InstructionSet::avx2) return sampler_loops_avx2();
#endif
    return sampler_loops_generic();
}

const SamplerLoops& loops() {
    static const SamplerLoops chosen = choose();
    return chosen;
}

SamplerLoops::Map loop_of(VariateKind kind) {
    switch (kind) {
    case VariateKind::symmetric:
        return loops().symmetric;
    case VariateKind::log_symmetric:
        return loops().log_symmetric;
    case VariateKind::positive:
        return loops().positive;
    case VariateKind::log_positive:
        break;
    }
    return loops().log_positive;
}

MapShape shape_of(double index) {
    const double a = std::abs(1.0 - index);
    return {index, (1.0 - index) / index, a, index < 1.0 ? index : 2.0 - index};
}

/// Vectors are filled up, so that every variate goes through the same instructions.
constexpr std::size_t padding = 16;

} // namespace

void map_variates(VariateKind kind, double index, const double* u, const double* e, double* out, std::size_t count) {
    const SamplerLoops::Map map = loop_of(kind);
    const MapShape shape = shape_of(index);
    const std::size_t whole = count - count % padding;
    map(shape, u, e, out, whole);
    if (whole == count) return;
    std::array<double, padding> us;
    std::array<double, padding> es;
    us.fill(0.5);
    es.fill(1.0);
    std::copy(u + whole, u + count, us.begin());
    std::copy(e + whole, e + count, es.begin());
    map(shape, us.data(), es.data(), us.data(), padding);
    std::copy_n(us.begin(), count - whole, out + whole);
}

void fill_variates(VariateKind kind, double index, const base::StreamKey& key, std::uint64_t first, double* out,
                   std::size_t count) {
    constexpr std::size_t block = 512;
    const SamplerLoops::Map map = loop_of(kind);
    const MapShape shape = shape_of(index);
    std::array<std::uint64_t, 2 * block> words{};
    std::array<double, block> u;
    std::array<double, block> e;
    for (std::size_t done = 0; done < count; done += block) {
        const std::size_t wanted = std::min(block, count - done);
        const std::size_t filled = (wanted + padding - 1) / padding * padding;
        base::fill_words(key, 2 * (first + done), words.data(), 2 * filled);
        loops().pairs(words.data(), u.data(), e.data(), filled);
        if (filled == wanted) {
            map(shape, u.data(), e.data(), out + done, wanted);
        } else {
            map(shape, u.data(), e.data(), u.data(), filled);
            std::copy_n(u.begin(), wanted, out + done);
        }
    }
}

} // namespace limsym::stable
