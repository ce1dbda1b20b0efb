#include "limsym/mixture/levy_measure.hpp"

#include <algorithm>
#include <boost/math/special_functions/expint.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/mixture/incomplete_functions.hpp"
#include "limsym/mixture/laplace_exponent.hpp"
#include "limsym/mixture/unit_integral.hpp"
#include "limsym/numerics/distributions.hpp"

namespace limsym::mixture {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double pi = std::numbers::pi;

/// A law without jumps.
LevyMeasure drift_only(double a) {
    LevyMeasure m;
    m.drift = a;
    m.density = m.tail = m.psi = [](double) { return 0.0; };
    m.closed_inverse = m.density;
    m.moment_below = [](int, double) { return 0.0; };
    return m;
}

LevyMeasure stable_measure(double alpha, double c) {
    LevyMeasure m;
    m.mass = infinity;
    m.tail_exponent = m.small_exponent = alpha;
    m.moments = {infinity, infinity};
    m.support_end = infinity;
    m.density = [=](double x) { return alpha * c * std::pow(x, -1.0 - alpha); };
    m.tail = [=](double x) { return c * std::pow(x, -alpha); };
    m.psi = [=](double t) { return c * std::tgamma(1.0 - alpha) * std::pow(t, alpha); };
    m.moment_below = [=](int k, double x) { return alpha * c * std::pow(x, k - alpha) / (k - alpha); };
    m.closed_inverse = [=](double g) { return std::pow(g / c, -1.0 / alpha); };
    return m;
}

LevyMeasure measure(const Constant& f) {
    return drift_only(f.c);
}
LevyMeasure measure(const InverseGamma& f) {
    if (f.shape > 1.0) return drift_only(f.scale / (f.shape - 1.0));
    if (f.shape == 1.0) return drift_only(f.scale);
    return stable_measure(f.shape, std::pow(f.scale, f.shape) / std::tgamma(1.0 + f.shape));
}
LevyMeasure measure(const GroupLasso& f) {
    return drift_only(f.c);
}
LevyMeasure measure(const Stable& f) {
    return stable_measure(f.alpha, f.c);
}
LevyMeasure measure(const Horseshoe& f) {
    return stable_measure(0.5, 2.0 * f.s / pi);
}

LevyMeasure measure(const Gamma& f) {
    const auto [eta, beta] = f;
    LevyMeasure m;
    m.mass = infinity;
    m.small_exponent = 0.0;
    m.moments = {eta / beta, eta / (beta * beta)};
    m.support_end = infinity;
    m.density = [f](double x) { return f.eta * std::exp(-f.beta * x) / x; };
    m.tail = [f](double x) { return f.eta * exponential_integral(f.beta * x); };
    m.psi = [f](double t) { return f.eta * std::log1p(t / f.beta); };
    m.moment_below = [f](int k, double x) {
        if (k == 1) return -f.eta / f.beta * std::expm1(-f.beta * x);
        return f.eta / (f.beta * f.beta) * lower_gamma(2.0, f.beta * x);
    };
    return m;
}

LevyMeasure measure(const Beta& f) {
    LevyMeasure m;
    m.mass = infinity;
    m.small_exponent = 0.0;
    m.moments = {f.eta / f.b, f.eta / (f.b * (f.b + 1.0))};
    m.support_end = 1.0;
    m.density = [f](double x) { return x < 1.0 ? f.eta / x * std::exp((f.b - 1.0) * std::log1p(-x)) : 0.0; };
    m.tail = [f](double x) { return x < 1.0 ? f.eta * upper_beta_zero(f.b, x, 1.0 - x) : 0.0; };
    m.psi = [f](double t) { return laplace_exponent(f, t); };
    m.moment_below = [f](int k, double x) {
        // int_0^x (1-y)^(b-1), and int_0^x y (1-y)^(b-1) = int_0^x y^2/2 ... from both ends without cancellation
        const double whole = k == 1 ? f.eta / f.b : f.eta / (f.b * (f.b + 1.0));
        if (x >= 1.0) return whole;
        const double log_rest = std::log1p(-x);
        if (k == 1) return -whole * std::expm1(f.b * log_rest);
        if (x * (f.b + 1.0) > 0.5) return whole * (-std::expm1(f.b * log_rest) - f.b * x * std::exp(f.b * log_rest));
        // sum_n (1-b)_n / n! x^(n+2) / (n+2)
        double term = x * x;
        double sum = term / 2.0;
        for (int n = 1; n < 200; ++n) {
            term *= (n - f.b) / n * x;
            sum += term / (n + 2.0);
            if (std::abs(term) < 1e-17 * sum) break;
        }
        return f.eta * sum;
    };
    if (f.b == 0.5)
        m.closed_inverse = [f](double g) {
            const double e = std::exp(-0.5 * g / f.eta); // sech^2(g / 2 eta)
            const double sech = 2.0 * e / (1.0 + e * e);
            return sech * sech;
        };
    if (f.b == 1.0) m.closed_inverse = [f](double g) { return std::exp(-g / f.eta); };
    return m;
}

LevyMeasure measure(const BetaPrime& f) {
    LevyMeasure m;
    m.mass = infinity;
    m.tail_exponent = f.b;
    m.small_exponent = 0.0;
    m.moments = {f.b > 1.0 ? f.eta / (f.b - 1.0) : infinity,
                 f.b > 2.0 ? f.eta / ((f.b - 1.0) * (f.b - 2.0)) : infinity};
    m.support_end = infinity;
    m.density = [f](double x) { return f.eta / x * std::exp(-f.b * std::log1p(x)); };
    m.tail = [f](double x) { return f.eta * upper_beta_zero(f.b, x / (1.0 + x), 1.0 / (1.0 + x)); };
    m.psi = [f](double t) { return laplace_exponent(f, t); };
    m.moment_below = [f](int k, double x) {
        // y = (1 + x)^u - 1: int_0^x y^(k-1) (1+y)^-b dy = L int_0^1 y^(k-1) (1+y)^(1-b) du, L = ln(1+x)
        const double length = std::log1p(x);
        const double power = (1.0 - f.b) * length;
        if (k == 1) return f.eta * (power == 0.0 ? length : length * std::expm1(power) / power);
        return f.eta * length *
               integrate_unit([&](double u, double) { return std::expm1(u * length) * std::exp(u * power); });
    };
    if (f.b == 1.0) m.closed_inverse = [f](double g) { return 1.0 / std::expm1(g / f.eta); };
    return m;
}

LevyMeasure measure(const RegularisedHorseshoe& f) {
    LevyMeasure m;
    m.mass = infinity;
    m.small_exponent = 0.5;
    m.moments = {f.s / std::sqrt(f.c), f.s / (2.0 * f.c * std::sqrt(f.c))};
    m.support_end = 1.0 / f.c;
    m.density = [f](double x) {
        return f.c * x < 1.0 ? f.s / pi / (x * std::sqrt(x)) / std::sqrt(1.0 - f.c * x) : 0.0;
    };
    m.tail = [f](double x) { return f.c * x < 1.0 ? 2.0 * f.s / pi * std::sqrt((1.0 - f.c * x) / x) : 0.0; };
    m.psi = [f](double t) { return laplace_exponent(f, t); };
    m.moment_below = [f](int k, double x) {
        const double theta = std::asin(std::sqrt(std::min(1.0, f.c * x)));
        const double root = std::sqrt(f.c);
        return k == 1 ? 2.0 * f.s / (pi * root) * theta : f.s / (pi * f.c * root) * circular_segment(theta);
    };
    m.closed_inverse = [f](double g) {
        const double root = pi * g / (2.0 * f.s);
        return 1.0 / (f.c + root * root);
    };
    return m;
}

LevyMeasure measure(const Bernoulli& f) {
    LevyMeasure m;
    m.mass = f.c;
    m.atom = true;
    m.moments = {f.c * f.value, f.c * f.value * f.value};
    m.support_end = f.value;
    m.density = [](double) { return std::numeric_limits<double>::quiet_NaN(); };
    m.tail = [f](double x) { return x < f.value ? f.c : 0.0; };
    m.psi = [f](double t) { return -f.c * std::expm1(-t * f.value); };
    m.moment_below = [f](int k, double x) { return x < f.value ? 0.0 : f.c * std::pow(f.value, k); };
    m.closed_inverse = [f](double g) { return g < f.c ? f.value : 0.0; };
    return m;
}

LevyMeasure measure(const SpikeSlab& f) {
    LevyMeasure m;
    m.drift = f.spike;
    m.mass = f.c;
    m.moments = {f.c * f.shape / f.rate, f.c * f.shape * (f.shape + 1.0) / (f.rate * f.rate)};
    m.support_end = infinity;
    m.density = [f](double x) {
        return f.c * std::exp(f.shape * std::log(f.rate) + (f.shape - 1.0) * std::log(x) - f.rate * x -
                              numerics::log_gamma(f.shape));
    };
    m.tail = [f](double x) { return f.c * boost::math::gamma_q(f.shape, f.rate * x); };
    m.psi = [f](double t) { return -f.c * std::expm1(-f.shape * std::log1p(t / f.rate)); };
    m.moment_below = [f, moments = m.moments](int k, double x) {
        return moments[static_cast<std::size_t>(k - 1)] * boost::math::gamma_p(f.shape + k, f.rate * x);
    };
    m.closed_inverse = [f](double g) { return g < f.c ? boost::math::gamma_q_inv(f.shape, g / f.c) / f.rate : 0.0; };
    return m;
}

LevyMeasure measure(const Ggp& f) {
    const double factor = f.eta / std::tgamma(1.0 - f.alpha);
    LevyMeasure m;
    m.mass = infinity;
    m.small_exponent = f.alpha;
    m.moments = {f.eta * std::pow(f.beta, f.alpha - 1.0), f.eta * (1.0 - f.alpha) * std::pow(f.beta, f.alpha - 2.0)};
    m.support_end = infinity;
    m.density = [=](double x) { return factor * std::exp(-(1.0 + f.alpha) * std::log(x) - f.beta * x); };
    m.tail = [=, scale = factor * std::pow(f.beta, f.alpha)](double x) {
        return scale * negative_upper_gamma(f.alpha, f.beta * x);
    };
    m.psi = [f](double t) {
        return f.eta / f.alpha * std::pow(f.beta, f.alpha) * std::expm1(f.alpha * std::log1p(t / f.beta));
    };
    m.moment_below = [=](int k, double x) {
        return factor * std::pow(f.beta, f.alpha - k) * lower_gamma(k - f.alpha, f.beta * x);
    };
    return m;
}

/// int_0^w v^(k-1-tau) gamma(s, v) dv, s = tau - alpha, k = 1, 2
double gbfry_moment(const Gbfry& f, int k, double w) {
    const double s = f.tau - f.alpha;
    const double first = std::min(w, 1.0);
    double term = 1.0; // (-w)^n / n!
    double sum = 0.0;
    for (int n = 0; n < 60; ++n) {
        const double part = term / ((s + n) * (k - f.alpha + n));
        sum += part;
        if (std::abs(part) < 1e-17 * std::abs(sum)) break;
        term *= -first / (n + 1);
    }
    sum *= std::pow(first, k - f.alpha);
    if (w <= 1.0) return sum;
    if (std::abs(f.tau - k) > 0.05) {
        const auto upto = [&](double v) {
            const double boundary = std::isinf(v) ? 0.0 : std::pow(v, k - f.alpha) * scaled_lower_gamma(s, v);
            return (lower_gamma(k - f.alpha, v) - boundary) / (f.tau - k);
        };
        return sum + upto(w) - upto(1.0);
    }
    const double length = std::log(w);
    return sum + length * integrate_unit([&](double u, double) {
                     const double v = std::exp(u * length);
                     return std::pow(v, k - f.alpha) * scaled_lower_gamma(s, v);
                 });
}

LevyMeasure measure(const Gbfry& f) {
    const double c = f.scale();
    const double s = f.tau - f.alpha;
    const double factor = f.eta() / std::tgamma(1.0 - f.alpha);
    LevyMeasure m;
    m.mass = infinity;
    m.tail_exponent = f.tau;
    m.small_exponent = f.alpha;
    const auto moment = [=](int k) {
        return f.tau > k ? factor * std::pow(c, k) * std::tgamma(k - f.alpha) / (f.tau - k) : infinity;
    };
    m.moments = {moment(1), moment(2)};
    m.support_end = infinity;
    m.density = [=](double x) {
        const double w = x / c;
        return factor / c * std::pow(w, -1.0 - f.alpha) * scaled_lower_gamma(s, w);
    };
    m.tail = [=](double x) {
        const double w = x / c;
        return factor / f.tau * (std::pow(w, -f.alpha) * scaled_lower_gamma(s, w) + negative_upper_gamma(f.alpha, w));
    };
    m.psi = [f](double t) { return laplace_exponent(f, t); };
    m.moment_below = [=](int k, double x) { return factor * std::pow(c, k) * gbfry_moment(f, k, x / c); };
    return m;
}

} // namespace

bool LevyMeasure::infinite_activity() const {
    return std::isinf(mass);
}

LevyMeasure levy_measure(const Family& family) {
    return std::visit([](const auto& f) { return measure(f); }, family);
}

namespace {

/// inf {x : tail(x) <= g} for a continuous decreasing tail, by Newton in y = ln x on ln tail, inside a bracket.
template <typename Tail, typename Density>
double search_inverse(const Tail& tail, const Density& density, double g, double support_end) {
    constexpr double lowest = -745.0;
    const double highest = std::isinf(support_end) ? 709.0 : std::log(support_end);
    const double log_g = std::log(g);
    const auto above = [&](double y) { return tail(std::exp(y)) > g; };
    double low = std::min(0.0, highest - 1e-3);
    double high = highest;
    double step = 1.0;
    if (above(low)) {
        while (low + step < highest && above(low + step)) {
            low += step;
            step *= 2.0;
        }
        high = std::min(highest, low + step);
    } else {
        high = low;
        while (low > lowest && !above(low)) {
            high = low;
            low -= step;
            step *= 2.0;
        }
        if (low <= lowest) {
            if (!above(lowest)) return 0.0;
            low = lowest;
        }
    }
    double y = 0.5 * (low + high);
    for (int i = 0; i < 200; ++i) {
        const double x = std::exp(y);
        const double value = tail(x);
        if (value > g)
            low = y;
        else
            high = y;
        const double slope = x * density(x);
        double next = value > 0.0 && slope > 0.0 ? y + value * (std::log(value) - log_g) / slope : infinity;
        if (!(next > low && next < high)) next = 0.5 * (low + high);
        const double moved = std::abs(next - y);
        y = next;
        if (moved <= 4e-16 * std::max(1.0, std::abs(y)) || high - low <= 4e-16 * std::max(1.0, std::abs(y))) break;
    }
    return std::exp(y);
}

} // namespace

double inverse_tail(const LevyMeasure& measure, double g) {
    if (g >= measure.mass) return 0.0;
    if (measure.closed_inverse) return measure.closed_inverse(g);
    return search_inverse(measure.tail, measure.density, g, measure.support_end);
}

LimitLaw limit_law(const Prior& prior) {
    LimitLaw law;
    for (const Family& family : prior.terms)
        law.terms.push_back(levy_measure(family));
    return law;
}

double LimitLaw::drift() const {
    double sum = 0.0;
    for (const LevyMeasure& term : terms)
        sum += term.drift;
    return sum;
}

bool LimitLaw::has_jumps() const {
    return std::any_of(terms.begin(), terms.end(), [](const LevyMeasure& m) { return m.has_jumps(); });
}

bool LimitLaw::infinite_activity() const {
    return std::any_of(terms.begin(), terms.end(), [](const LevyMeasure& m) { return m.infinite_activity(); });
}

double LimitLaw::mass() const {
    double sum = 0.0;
    for (const LevyMeasure& term : terms)
        sum += term.mass;
    return sum;
}

std::optional<double> LimitLaw::tail_exponent() const {
    std::optional<double> smallest;
    for (const LevyMeasure& term : terms)
        if (term.tail_exponent && (!smallest || *term.tail_exponent < *smallest)) smallest = term.tail_exponent;
    return smallest;
}

std::optional<double> LimitLaw::small_exponent() const {
    std::optional<double> largest;
    for (const LevyMeasure& term : terms)
        if (term.small_exponent && (!largest || *term.small_exponent > *largest)) largest = term.small_exponent;
    return largest;
}

double LimitLaw::moment(int k) const {
    double sum = 0.0;
    for (const LevyMeasure& term : terms)
        sum += term.moments[static_cast<std::size_t>(k - 1)];
    return sum;
}

double LimitLaw::moment_below(int k, double x) const {
    double sum = 0.0;
    for (const LevyMeasure& term : terms)
        sum += term.moment_below(k, x);
    return sum;
}

std::optional<double> LimitLaw::density(double x) const {
    double sum = 0.0;
    for (const LevyMeasure& term : terms) {
        if (term.atom) return std::nullopt;
        sum += term.density(x);
    }
    return sum;
}

double LimitLaw::tail(double x) const {
    double sum = 0.0;
    for (const LevyMeasure& term : terms)
        sum += term.tail(x);
    return sum;
}

double LimitLaw::inverse_tail(double g) const {
    if (g >= mass()) return 0.0;
    std::vector<const LevyMeasure*> jumping;
    for (const LevyMeasure& term : terms)
        if (term.has_jumps()) jumping.push_back(&term);
    if (jumping.size() == 1) return mixture::inverse_tail(*jumping.front(), g);
    double support_end = 0.0;
    for (const LevyMeasure* term : jumping)
        support_end = std::max(support_end, term->support_end);
    // Where the tail jumps over g (an atom), bisection ends at the atom from the right.
    const auto slope = [&](double x) {
        double sum = 0.0;
        for (const LevyMeasure* term : jumping)
            if (!term->atom) sum += term->density(x);
        return sum;
    };
    return search_inverse([&](double x) { return tail(x); }, slope, g, support_end);
}

double LimitLaw::psi(double t) const {
    double sum = drift() * t;
    for (const LevyMeasure& term : terms)
        sum += term.psi(t);
    return sum;
}

} // namespace limsym::mixture
