// Random weights of every family.
#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "limsym/base/random.hpp"
#include "limsym/base/random_words.hpp"
#include "limsym/numerics/variates.hpp"
#include "limsym/numerics/vmath.hpp"
#include "limsym/stable/sampler.hpp"
#include "limsym/stable/weights.hpp"

namespace limsym::stable {

namespace {

constexpr std::size_t block = 512;
using Block = std::array<double, block>;

double uniform_of(std::uint64_t word) {
    return std::min((static_cast<double>(word >> 11U) + 0.5) * 0x1p-53, 1.0 - 0x1p-53);
}
/// From a bit that uniform_of leaves over.
double sign_of(std::uint64_t word) {
    return (word & 1U) != 0 ? 1.0 : -1.0;
}

/// Calls use(words, out, size) for blocks of the output, with `per` words of the stream for each number.
template <std::size_t per, typename Use>
void by_words(const StreamName& stream, double* out, std::size_t count, const Use& use) {
    std::array<std::uint64_t, per * block> words{};
    const base::StreamKey key{stream.seed, base::purpose_hash(stream.purpose), stream.index};
    for (std::size_t done = 0; done < count; done += block) {
        const std::size_t size = std::min(block, count - done);
        base::fill_words(key, per * done, words.data(), per * size);
        use(words.data(), out + done, size);
    }
}

struct Fill {
    const StreamName& stream;
    double* out;
    std::size_t count;

    void operator()(const StableWeight& w) const { fill_stable(w.alpha, w.scale, stream, out, count); }
    void operator()(const GaussianWeight& w) const {
        base::RandomStream normals(stream.seed, stream.purpose, stream.index);
        numerics::fill_normal(normals, out, count);
        for (std::size_t i = 0; i < count; ++i)
            out[i] *= w.scale;
    }
    void operator()(const UniformWeight& w) const {
        by_words<1>(stream, out, count, [&](const std::uint64_t* words, double* x, std::size_t size) {
            for (std::size_t i = 0; i < size; ++i)
                x[i] = w.scale * (2 * uniform_of(words[i]) - 1);
        });
    }
    void operator()(const RademacherWeight& w) const {
        by_words<1>(stream, out, count, [&](const std::uint64_t* words, double* x, std::size_t size) {
            for (std::size_t i = 0; i < size; ++i)
                x[i] = w.scale * sign_of(words[i]);
        });
    }
    // |W| = -scale log U
    void operator()(const LaplaceWeight& w) const {
        by_log_uniform([&](double log_u) { return -w.scale * log_u; });
    }
    // |W| = scale U^(-1/alpha)
    void operator()(const ParetoWeight& w) const {
        by_words<1>(stream, out, count, [&](const std::uint64_t* words, double* x, std::size_t size) {
            log_uniforms(words, x, size);
            for (std::size_t i = 0; i < size; ++i)
                x[i] /= -w.alpha;
            numerics::vexp(x, x, size);
            for (std::size_t i = 0; i < size; ++i)
                x[i] *= w.scale * sign_of(words[i]);
        });
    }
    // Bailey (Mathematics of Computation 62, 1994): sqrt(nu (U^(-2/nu) - 1)) cos(2 pi V)
    void operator()(const StudentWeight& w) const {
        by_words<2>(stream, out, count, [&](const std::uint64_t* words, double* x, std::size_t size) {
            Block angle{};
            for (std::size_t i = 0; i < size; ++i) {
                x[i] = uniform_of(words[2 * i]);
                angle[i] = 2 * std::numbers::pi * uniform_of(words[2 * i + 1]);
            }
            numerics::vlog(x, x, size);
            for (std::size_t i = 0; i < size; ++i)
                x[i] *= -2 / w.nu;
            numerics::vexpm1(x, x, size);
            numerics::vcos(angle.data(), angle.data(), size);
            for (std::size_t i = 0; i < size; ++i)
                x[i] = w.scale * std::sqrt(w.nu * x[i]) * angle[i];
        });
    }
    // alpha y - log(1 + c y) = -log U for y = log |W|, by Newton from above
    void operator()(const LogParetoWeight& w) const {
        by_log_uniform([&](double log_u) {
            double y = 2 * (0.2 - log_u) / w.alpha;
            for (int step = 0; step < 60; ++step) {
                const double slope = w.alpha - w.c / (1 + w.c * y);
                const double next = y - (w.alpha * y - std::log1p(w.c * y) + log_u) / slope;
                if (!(next < y) || slope <= 0) break;
                y = next;
            }
            return std::exp(std::max(y, 0.0));
        });
    }

private:
    static void log_uniforms(const std::uint64_t* words, double* out, std::size_t size) {
        for (std::size_t i = 0; i < size; ++i)
            out[i] = uniform_of(words[i]);
        numerics::vlog(out, out, size);
    }
    template <typename Magnitude>
    void by_log_uniform(const Magnitude& magnitude) const {
        by_words<1>(stream, out, count, [&](const std::uint64_t* words, double* x, std::size_t size) {
            log_uniforms(words, x, size);
            for (std::size_t i = 0; i < size; ++i)
                x[i] = sign_of(words[i]) * magnitude(x[i]);
        });
    }
};

} // namespace

void fill_weights(const WeightLaw& law, const StreamName& stream, double* out, std::size_t count) {
    std::visit(Fill{stream, out, count}, law);
}

void fill_stable(double alpha, double sigma, const StreamName& stream, double* out, std::size_t count) {
    fill_variates(VariateKind::symmetric, alpha, {stream.seed, base::purpose_hash(stream.purpose), stream.index}, 0,
                  out, count);
    for (std::size_t i = 0; i < count; ++i)
        out[i] *= sigma;
}

} // namespace limsym::stable
