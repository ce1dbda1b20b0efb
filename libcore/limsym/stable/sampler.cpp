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

MapShape shape_of(double index) {
    const double a = std::abs(1.0 - index);
    return {index, (1.0 - index) / index, a, index < 1.0 ? index : 2.0 - index};
}

/// Lots are filled up, so that every variate goes through the same instructions.
constexpr std::size_t lot = VariateWords::lot;

} // namespace

void map_variates(VariateKind kind, double index, const double* u, const double* e, double* out, std::size_t count) {
    const SamplerLoops::Map map = loops().map[static_cast<std::size_t>(kind)];
    const MapShape shape = shape_of(index);
    const std::size_t whole = count - count % lot;
    map(shape, u, e, out, whole);
    if (whole == count) return;
    std::array<double, lot> us;
    std::array<double, lot> es;
    us.fill(0.5);
    es.fill(1.0);
    std::copy(u + whole, u + count, us.begin());
    std::copy(e + whole, e + count, es.begin());
    map(shape, us.data(), es.data(), us.data(), lot);
    std::copy_n(us.begin(), count - whole, out + whole);
}

void fill_variates(VariateKind kind, double index, const base::StreamKey& key, std::uint64_t first, double* out,
                   std::size_t count) {
    const SamplerLoops::Fill fill = loops().fill[static_cast<std::size_t>(kind)];
    const MapShape shape = shape_of(index);
    const VariateWords words{key.seed, key.purpose, key.index, first / 2};
    if (first % 2 == 0) {
        const std::size_t whole = count - count % lot;
        if (whole > 0) fill(shape, words, out, whole);
        if (whole == count) return;
        std::array<double, lot> rest;
        fill(shape, {key.seed, key.purpose, key.index, (first + whole) / 2}, rest.data(), lot);
        std::copy_n(rest.begin(), count - whole, out + whole);
        return;
    }
    // A block of words serves two variates: begin with the second of one.
    if (count == 0) return;
    std::array<double, lot> head;
    fill(shape, words, head.data(), lot);
    const std::size_t taken = std::min(count, lot - 1);
    std::copy_n(head.begin() + 1, taken, out);
    fill_variates(kind, index, key, first + taken, out + taken, count - taken);
}

} // namespace limsym::stable
