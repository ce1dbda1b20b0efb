#include "limsym/numerics/variates.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include "limsym/numerics/vmath.hpp"

namespace limsym::numerics {

void fill_normal(base::RandomStream& stream, double* out, std::size_t count) {
    constexpr std::size_t block = 256; // pairs worked on at a time
    std::array<double, 2 * block> uniforms;
    std::array<double, block> radius;
    std::array<double, block> angle;
    std::array<double, block> cosine;
    std::array<double, block> sine;
    for (std::size_t done = 0; done < count; done += 2 * block) {
        const std::size_t wanted = std::min(count - done, 2 * block);
        const std::size_t pairs = (wanted + 1) / 2;
        stream.fill_uniform(uniforms.data(), 2 * pairs);
        for (std::size_t i = 0; i < pairs; ++i) {
            radius[i] = uniforms[2 * i];
            angle[i] = 2.0 * std::numbers::pi * uniforms[2 * i + 1];
        }
        vlog(radius.data(), radius.data(), pairs);
        for (std::size_t i = 0; i < pairs; ++i)
            radius[i] = std::sqrt(-2.0 * radius[i]);
        vcos(angle.data(), cosine.data(), pairs);
        vsin(angle.data(), sine.data(), pairs);
        for (std::size_t i = 0; i < wanted / 2; ++i) {
            out[done + 2 * i] = radius[i] * cosine[i];
            out[done + 2 * i + 1] = radius[i] * sine[i];
        }
        if (wanted % 2 == 1) out[done + wanted - 1] = radius[pairs - 1] * cosine[pairs - 1];
    }
}

double normal(base::RandomStream& stream) {
    double z = 0.0;
    fill_normal(stream, &z, 1);
    return z;
}

double exponential(base::RandomStream& stream) {
    return -std::log(stream.uniform());
}

namespace {

// Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 26 (2000); shape >= 1.
double gamma_from_one(base::RandomStream& stream, double shape) {
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / std::sqrt(9.0 * d);
    while (true) {
        const double x = normal(stream);
        const double u = stream.uniform();
        const double root = 1.0 + c * x;
        if (root <= 0.0) continue;
        const double v = root * root * root;
        const double x2 = x * x;
        if (u < 1.0 - 0.0331 * x2 * x2) return d * v;
        if (std::log(u) < 0.5 * x2 + d * (1.0 - v + std::log(v))) return d * v;
    }
}

} // namespace

double gamma(base::RandomStream& stream, double shape) {
    return shape >= 1.0 ? gamma_from_one(stream, shape) : std::exp(log_gamma_variate(stream, shape));
}

double log_gamma_variate(base::RandomStream& stream, double shape) {
    if (shape >= 1.0) return std::log(gamma_from_one(stream, shape));
    // Gamma(a) = Gamma(a + 1) U^(1/a)
    const double boosted = std::log(gamma_from_one(stream, shape + 1.0));
    return boosted + std::log(stream.uniform()) / shape;
}

namespace {

/// Marsaglia and Tsang for shape >= 1, a block of candidates at a time.
void fill_log_gamma_from_one(base::RandomStream& stream, double shape, double* out, std::size_t count) {
    constexpr std::size_t block = 512;
    std::array<double, block> x;
    std::array<double, block> uniforms;
    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / std::sqrt(9.0 * d);
    std::size_t filled = 0;
    while (filled < count) {
        const std::size_t first = filled;
        const std::size_t candidates = std::min(block, count - filled);
        fill_normal(stream, x.data(), candidates);
        stream.fill_uniform(uniforms.data(), candidates);
        for (std::size_t i = 0; i < candidates; ++i) {
            const double u = uniforms[i];
            const double root = 1.0 + c * x[i];
            if (root <= 0.0) continue;
            const double x2 = x[i] * x[i];
            const bool squeezed = u < 1.0 - 0.0331 * x2 * x2;
            if (!squeezed) {
                const double v = root * root * root;
                if (!(std::log(u) < 0.5 * x2 + d * (1.0 - v + std::log(v)))) continue;
            }
            out[filled++] = root;
        }
        vlog(out + first, out + first, filled - first);
        for (std::size_t i = first; i < filled; ++i)
            out[i] = 3.0 * out[i] + std::log(d);
    }
}

} // namespace

void fill_log_gamma(base::RandomStream& stream, double shape, double* out, std::size_t count) {
    if (shape >= 1.0) {
        fill_log_gamma_from_one(stream, shape, out, count);
        return;
    }
    constexpr std::size_t block = 512;
    std::array<double, block> power;
    if (shape == 0.5) {
        // half the square of a normal
        fill_normal(stream, out, count);
        for (std::size_t i = 0; i < count; ++i)
            out[i] = 0.5 * out[i] * out[i];
        vlog(out, out, count);
        return;
    }
    // Gamma(a) = Gamma(a + 1) U^(1/a)
    fill_log_gamma_from_one(stream, shape + 1.0, out, count);
    for (std::size_t first = 0; first < count; first += block) {
        const std::size_t n = std::min(block, count - first);
        stream.fill_uniform(power.data(), n);
        vlog(power.data(), power.data(), n);
        for (std::size_t i = 0; i < n; ++i)
            out[first + i] += power[i] / shape;
    }
}

void fill_permutation(base::RandomStream& stream, std::size_t* out, std::size_t n) {
    std::iota(out, out + n, std::size_t{0});
    for (std::size_t i = n; i > 1; --i)
        std::swap(out[i - 1], out[stream.below(i)]);
}

} // namespace limsym::numerics
