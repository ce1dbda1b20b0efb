#include "limsym/mixture/node_variances.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "limsym/base/random.hpp"
#include "limsym/mixture/node_law.hpp"
#include "limsym/numerics/variates.hpp"
#include "limsym/numerics/vmath.hpp"

namespace limsym::mixture {

namespace {

constexpr std::size_t block = 1024; // nodes worked on at a time: a few arrays of this length stay in cache
using Numbers = std::vector<double>;

void fill_log_uniform(base::RandomStream& stream, double* out, std::size_t n) {
    stream.fill_uniform(out, n);
    numerics::vlog(out, out, n);
}
void exponentials(double* out, std::size_t n) {
    numerics::vexp(out, out, n);
}

struct Scratch {
    Numbers a = Numbers(block);
    Numbers b = Numbers(block);
};

/// One block of variances of one family at width p; n <= block.
struct BlockDraw {
    base::RandomStream& stream;
    double p;
    double* out;
    std::size_t n;
    Scratch& scratch;

    void scaled_gamma(double shape, double log_scale) const {
        numerics::fill_log_gamma(stream, shape, out, n);
        for (std::size_t i = 0; i < n; ++i)
            out[i] += log_scale;
        exponentials(out, n);
    }
    /// (s C / p)^2: |C| = tan(pi U / 2)
    void squared_cauchy(double s) const {
        double* const angle = scratch.a.data();
        double* const cosine = scratch.b.data();
        stream.fill_uniform(angle, n);
        for (std::size_t i = 0; i < n; ++i)
            angle[i] *= 0.5 * std::numbers::pi;
        numerics::vcos(angle, cosine, n);
        numerics::vsin(angle, angle, n);
        for (std::size_t i = 0; i < n; ++i) {
            const double root = s / p * (angle[i] / cosine[i]);
            out[i] = root * root;
        }
    }
    /// ln G - ln Y of the tilted BFRY into out
    void log_tilted(const TiltedBfry& parts) const {
        double* const y = scratch.a.data();
        stream.fill_uniform(y, n);
        for (std::size_t i = 0; i < n; ++i)
            y[i] *= parts.growth;
        numerics::vlog1p(y, y, n);
        numerics::fill_log_gamma(stream, 1.0 - parts.alpha, out, n);
        for (std::size_t i = 0; i < n; ++i)
            out[i] -= parts.log_beta + y[i] / parts.alpha;
    }

    void operator()(const Constant& f) const { std::fill_n(out, n, f.c / p); }
    void operator()(const InverseGamma& f) const {
        const double log_norm = f.shape > 1.0    ? std::log(p)
                                : f.shape == 1.0 ? std::log(p * std::log(p))
                                                 : std::log(p) / f.shape;
        numerics::fill_log_gamma(stream, f.shape, out, n);
        for (std::size_t i = 0; i < n; ++i)
            out[i] = std::log(f.scale) - log_norm - out[i];
        exponentials(out, n);
    }
    void operator()(const GroupLasso& f) const {
        scaled_gamma(0.5 * (f.outputs + 1.0), std::log(2.0 * f.c) - std::log(p * (f.outputs + 1.0)));
    }
    void operator()(const Gamma& f) const { scaled_gamma(f.eta / p, -std::log(f.beta)); }
    void operator()(const Beta& f) const {
        double* const other = scratch.a.data();
        numerics::fill_log_gamma(stream, f.eta / p, out, n);
        numerics::fill_log_gamma(stream, f.b, other, n);
        for (std::size_t i = 0; i < n; ++i)
            out[i] = other[i] - out[i];
        exponentials(out, n); // Y / X of X / (X + Y)
        for (std::size_t i = 0; i < n; ++i)
            out[i] = 1.0 / (1.0 + out[i]);
    }
    void operator()(const BetaPrime& f) const {
        double* const other = scratch.a.data();
        numerics::fill_log_gamma(stream, f.eta / p, out, n);
        numerics::fill_log_gamma(stream, f.b, other, n);
        for (std::size_t i = 0; i < n; ++i)
            out[i] -= other[i];
        exponentials(out, n);
    }
    void operator()(const Horseshoe& f) const { squared_cauchy(f.s); }
    void operator()(const RegularisedHorseshoe& f) const {
        squared_cauchy(f.s);
        for (std::size_t i = 0; i < n; ++i)
            out[i] = 1.0 / (1.0 / out[i] + f.c);
    }
    void operator()(const Stable& f) const {
        fill_log_uniform(stream, out, n);
        for (std::size_t i = 0; i < n; ++i)
            out[i] = (std::log(f.c / p) - out[i]) / f.alpha;
        exponentials(out, n);
    }
    void operator()(const Bernoulli& f) const {
        stream.fill_uniform(out, n);
        for (std::size_t i = 0; i < n; ++i)
            out[i] = out[i] * p < f.c ? f.value : 0.0;
    }
    void operator()(const SpikeSlab& f) const {
        for (std::size_t i = 0; i < n; ++i)
            out[i] = stream.uniform() * p < f.c ? numerics::gamma(stream, f.shape) / f.rate : f.spike / p;
    }
    void operator()(const Ggp& f) const {
        log_tilted(tilted_bfry(f, p));
        exponentials(out, n);
    }
    void operator()(const Gbfry& f) const {
        log_tilted(tilted_bfry(f, p));
        double* const mark = scratch.a.data();
        fill_log_uniform(stream, mark, n);
        const double log_scale = std::log(f.scale());
        for (std::size_t i = 0; i < n; ++i)
            out[i] += log_scale - mark[i] / f.tau;
        exponentials(out, n);
    }
};

} // namespace

void draw_node_variances(const Prior& prior, std::size_t width, std::size_t count, std::uint64_t seed,
                         std::size_t layer, std::uint64_t draw, double* out) {
    Scratch scratch;
    Numbers part(prior.terms.size() > 1 ? block : 0);
    const double p = static_cast<double>(width);
    for (std::size_t k = 0; k < prior.terms.size(); ++k) {
        const std::string purpose = "node variances " + std::to_string(layer) + "." + std::to_string(k);
        base::RandomStream stream(seed, purpose, draw);
        for (std::size_t first = 0; first < count; first += block) {
            const std::size_t n = std::min(block, count - first);
            double* const to = k == 0 ? out + first : part.data();
            std::visit(BlockDraw{stream, p, to, n, scratch}, prior.terms[k]);
            if (k > 0)
                for (std::size_t i = 0; i < n; ++i)
                    out[first + i] += part[i];
        }
    }
}

} // namespace limsym::mixture
