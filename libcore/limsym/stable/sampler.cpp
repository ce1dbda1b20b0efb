#include "limsym/stable/sampler.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

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

/// The loops, whose last lot is filled up.
void map_near(SamplerLoops::Map map, const MapShape& shape, const double* u, const double* e, double* out,
              std::size_t count) {
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

/// Whether the loops' products could leave the normal numbers.
bool is_far(double u, double e) {
    return u < 1e-100 || e < 1e-100 || e > 1e100;
}

/// The map at one point, by logarithms of long double.
double map_far(VariateKind kind, double index, double u, double e) {
    constexpr long double pi = std::numbers::pi_v<long double>;
    const auto fold = [](long double x, long double rest) { return x > 0.5L ? rest : x; };
    const auto log_sine = [](long double x) { return std::log(std::sin(pi * x)); };
    const auto a = static_cast<long double>(index);
    const auto v = static_cast<long double>(u);
    const long double w = std::min(v, 1 - v);
    const bool symmetric = kind == VariateKind::symmetric || kind == VariateKind::log_symmetric;
    const long double s1 =
        symmetric ? log_sine(fold(a * (0.5L - w), 1 - a / 2 + a * w)) : log_sine(fold(a * v, 1 - a + a * (1 - v)));
    const long double s2 = log_sine(w);
    const long double turned =
        symmetric ? (1 - std::abs(1 - a)) / 2 + std::abs(1 - a) * w : fold((1 - a) * v, a + (1 - a) * (1 - v));
    const long double log_size =
        s1 - s2 + (1 - a) / a * (log_sine(turned) - s2 - std::log(static_cast<long double>(e)));
    if (kind == VariateKind::log_symmetric || kind == VariateKind::log_positive) return static_cast<double>(log_size);
    const double size = std::exp(static_cast<double>(log_size));
    return symmetric && u < 0.5 ? -size : size;
}

} // namespace

void map_variates(VariateKind kind, double index, const double* u, const double* e, double* out, std::size_t count) {
    const SamplerLoops::Map map = loops().map[static_cast<std::size_t>(kind)];
    const MapShape shape = shape_of(index);
    std::vector<std::pair<std::size_t, double>> far; // out may be u or e
    for (std::size_t i = 0; i < count; ++i)
        if (is_far(u[i], e[i])) far.emplace_back(i, map_far(kind, index, u[i], e[i]));
    map_near(map, shape, u, e, out, count);
    for (const auto& [i, value] : far)
        out[i] = value;
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
