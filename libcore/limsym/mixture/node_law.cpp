#include "limsym/mixture/node_law.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/mixture/incomplete_functions.hpp"
#include "limsym/mixture/unit_integral.hpp"
#include "limsym/numerics/distributions.hpp"

namespace limsym::mixture {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double pi = std::numbers::pi;
using numerics::log_gamma;

/// ln(1 + e^x)
double softplus(double x) {
    return x > 0.0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

/// p times 1{value > x}
std::function<double(double)> jump(double height, double value) {
    return [=](double x) { return x < value ? height : 0.0; };
}

/// Ga(shape, rate)
NodeLaw gamma_law(double shape, double rate, double p) {
    const double constant = shape * std::log(rate) - log_gamma(shape);
    return {[=](double x) { return constant + (shape - 1.0) * std::log(x) - rate * x; },
            [=](double x) { return shape - 1.0 - rate * x; },
            [=](double x) { return p * boost::math::gamma_q(shape, rate * x); }};
}

NodeLaw law(const Constant& f, double p) {
    return {{}, {}, jump(p, f.c / p)};
}
NodeLaw law(const InverseGamma& f, double p) {
    const double norm = f.shape > 1.0 ? p : f.shape == 1.0 ? p * std::log(p) : std::pow(p, 1.0 / f.shape);
    const double scale = f.scale / norm; // lambda is IG(shape, scale)
    const double constant = f.shape * std::log(scale) - log_gamma(f.shape);
    return {[=](double x) { return constant - (f.shape + 1.0) * std::log(x) - scale / x; },
            [=](double x) { return -(f.shape + 1.0) + scale / x; },
            [=](double x) { return p * boost::math::gamma_p(f.shape, scale / x); }};
}
NodeLaw law(const GroupLasso& f, double p) {
    return gamma_law(0.5 * (f.outputs + 1.0), p * (f.outputs + 1.0) / (2.0 * f.c), p);
}
NodeLaw law(const Gamma& f, double p) {
    return gamma_law(f.eta / p, f.beta, p);
}
NodeLaw law(const Beta& f, double p) {
    const double k = f.eta / p;
    const double constant = numerics::log_gamma_ratio(f.b, k) - log_gamma(k);
    return {[=](double x) {
                if (x > 1.0 || (x == 1.0 && f.b > 1.0)) return -infinity;
                const double last = f.b == 1.0 ? 0.0 : (f.b - 1.0) * std::log1p(-x);
                return constant + (k - 1.0) * std::log(x) + last;
            },
            [=](double x) { return k - 1.0 - (f.b - 1.0) * x / (1.0 - x); },
            [=](double x) { return x < 1.0 ? p * boost::math::ibetac(k, f.b, x) : 0.0; }};
}
NodeLaw law(const BetaPrime& f, double p) {
    const double k = f.eta / p;
    const double constant = numerics::log_gamma_ratio(f.b, k) - log_gamma(k);
    return {[=](double x) { return constant + (k - 1.0) * std::log(x) - (k + f.b) * std::log1p(x); },
            [=](double x) { return k - 1.0 - (k + f.b) * x / (1.0 + x); },
            [=](double x) {
                // the argument that is not rounded to 1
                return p * (x < 1.0 ? boost::math::ibetac(k, f.b, x / (1.0 + x))
                                    : boost::math::ibeta(f.b, k, 1.0 / (1.0 + x)));
            }};
}
NodeLaw law(const Horseshoe& f, double p) {
    const double unit = f.s / p * (f.s / p);
    return {[=](double x) {
                const double r = x / unit;
                return -std::log(pi * unit) - 0.5 * std::log(r) - std::log1p(r);
            },
            [=](double x) {
                const double r = x / unit;
                return -0.5 - r / (1.0 + r);
            },
            [=](double x) { return p * 2.0 / pi * std::atan(std::sqrt(unit / x)); }};
}
NodeLaw law(const RegularisedHorseshoe& f, double p) {
    const NodeLaw base = law(Horseshoe{f.s}, p);
    return {[=](double x) {
                const double rest = 1.0 - f.c * x; // d S / d lambda = 1 / rest^2
                return rest > 0.0 ? base.log_density(x / rest) - 2.0 * std::log(rest) : -infinity;
            },
            [=](double x) {
                const double rest = 1.0 - f.c * x;
                return base.log_density_slope(x / rest) / rest + 2.0 * f.c * x / rest;
            },
            [=](double x) {
                const double rest = 1.0 - f.c * x;
                return rest > 0.0 ? base.scaled_survival(x / rest) : 0.0;
            }};
}
NodeLaw law(const Stable& f, double p) {
    const double least = std::exp(std::log(f.c / p) / f.alpha);
    return {
        [=](double x) { return x < least ? -infinity : std::log(f.alpha * f.c / p) - (1.0 + f.alpha) * std::log(x); },
        [=](double) { return -(1.0 + f.alpha); }, [=](double x) { return std::min(p, f.c * std::pow(x, -f.alpha)); }};
}
NodeLaw law(const Bernoulli& f, double) {
    return {{}, {}, jump(f.c, f.value)};
}
NodeLaw law(const SpikeSlab& f, double p) {
    return {{}, {}, [=, spikes = jump(p - f.c, f.spike / p)](double x) {
                return f.c * boost::math::gamma_q(f.shape, f.rate * x) + spikes(x);
            }};
}

NodeLaw law(const Ggp& f, double p) {
    const TiltedBfry parts = tilted_bfry(f, p);
    const double constant =
        std::log(f.alpha) - log_gamma(1.0 - f.alpha) - f.alpha * parts.log_beta - std::log(parts.growth);
    // ln(1 - e^(-t x))
    const auto log_rise = [=](double x) {
        const double log_tx = parts.log_t + std::log(x);
        return log_tx > 5.0 ? 0.0 : std::log(-std::expm1(-std::exp(log_tx)));
    };
    return {[=](double x) { return constant - (1.0 + f.alpha) * std::log(x) - f.beta * x + log_rise(x); },
            [=](double x) {
                const double log_tx = parts.log_t + std::log(x);
                const double tx = std::exp(std::min(log_tx, 6.0));
                return -(1.0 + f.alpha) - f.beta * x + (log_tx > 6.0 ? 0.0 : tx / std::expm1(tx));
            },
            [=](double x) {
                return p * integrate_unit([&](double u, double) {
                           return boost::math::gamma_q(1.0 - f.alpha, std::exp(std::log(x) + parts.log_y(u)));
                       });
            }};
}

NodeLaw law(const Gbfry& f, double p) {
    const TiltedBfry parts = tilted_bfry(f, p);
    const double s = f.tau - f.alpha;
    const double c = f.scale();
    const double constant = std::log(f.tau * f.alpha) - log_gamma(1.0 - f.alpha) - std::log(parts.growth) - std::log(c);
    return {[=](double x) {
                // w^-(1+tau) [gamma(s, w) - (1+t)^-s gamma(s, (1+t) w)] = w^-(1+alpha) times the difference of the
                // scaled
                const double w = x / c;
                return constant - (1.0 + f.alpha) * std::log(w) + log_scaled_lower_gamma_difference(s, w, parts.log_t);
            },
            [=](double x) {
                const double w = x / c;
                const double log_tw = parts.log_t + std::log(w);
                const double rise = log_tw > 5.0 ? 1.0 : -std::expm1(-std::exp(log_tw));
                return -(1.0 + f.tau) + std::exp(-w - log_scaled_lower_gamma_difference(s, w, parts.log_t)) * rise;
            },
            [=](double x) {
                // P(G M > y), G ~ Ga(1 - alpha), M Pareto(tau): Q(1 - alpha, y) + y^-tau gamma(1 - alpha + tau, y) /
                // Gamma(1 - alpha)
                const double shape = 1.0 - f.alpha;
                const double factor = std::exp(-log_gamma(shape));
                return p * integrate_unit([&](double u, double) {
                           const double log_y = std::log(x / c) + parts.log_y(u);
                           const double y = std::exp(log_y);
                           return boost::math::gamma_q(shape, y) +
                                  factor * std::exp(shape * log_y) * scaled_lower_gamma(shape + f.tau, y);
                       });
            }};
}

} // namespace

NodeLaw node_law(const Family& family, double width) {
    return std::visit([width](const auto& f) { return law(f, width); }, family);
}

TiltedBfry::TiltedBfry(double shape, double beta, double eta, double width)
    : alpha(shape), log_beta(std::log(beta)), log_t(std::log(shape * width / eta) / shape),
      growth(std::expm1(shape * softplus(log_t - log_beta))) {}

double TiltedBfry::log_y(double u) const {
    return log_beta + std::log1p(u * growth) / alpha;
}

TiltedBfry tilted_bfry(const Ggp& family, double width) {
    return {family.alpha, family.beta, family.eta, width};
}
TiltedBfry tilted_bfry(const Gbfry& family, double width) {
    return {family.alpha, 1.0, family.eta() / family.tau, width};
}

double variance_from(const Ggp& family, double width, double u, double gamma) {
    return std::exp(std::log(gamma) - tilted_bfry(family, width).log_y(u));
}
double variance_from(const Gbfry& family, double width, double u, double gamma, double pareto) {
    const double log_value = std::log(gamma) - tilted_bfry(family, width).log_y(u) - std::log1p(-pareto) / family.tau;
    return family.scale() * std::exp(log_value);
}

} // namespace limsym::mixture
