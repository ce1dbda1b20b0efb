#include "limsym/mixture/incomplete_functions.hpp"

#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/expint.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "limsym/numerics/distributions.hpp"
#include "limsym/numerics/quadrature.hpp"

namespace limsym::mixture {

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Errors of range give 0 or infinity in place of exceptions.
using Quiet =
    boost::math::policies::policy<boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
                                  boost::math::policies::underflow_error<boost::math::policies::ignore_error>>;

/// sum_{k >= first} (-1)^k y^k / (k! (k - alpha)), y <= 2
double alternating_tail(double alpha, double y, int first) {
    double term = 1.0;
    for (int k = 1; k < first; ++k)
        term *= -y / k;
    double sum = 0.0;
    for (int k = first; k < 100; ++k) {
        term *= -y / k;
        const double part = term / (k - alpha);
        sum += part;
        if (std::abs(part) < epsilon * std::abs(sum)) break;
    }
    return sum;
}

/// Legendre's continued fraction by Lentz: y^-a e^-y Gamma(-alpha, y) = ..., good for y >= 1.
double legendre_fraction(double alpha, double y) {
    constexpr double tiny = 1e-300;
    double b = y + 1.0 + alpha;
    double c = 1.0 / tiny;
    double d = 1.0 / b;
    double h = d;
    for (int i = 1; i < 10000; ++i) {
        const double an = -i * (i + alpha);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        const double factor = c * d;
        h *= factor;
        if (std::abs(factor - 1.0) < epsilon) break;
    }
    return h * std::exp(-y - alpha * std::log(y));
}

} // namespace

double exponential_integral(double y) {
    return y > 740.0 ? 0.0 : boost::math::expint(1, y, Quiet{});
}

double negative_upper_gamma(double alpha, double y) {
    if (y >= 1.0) return legendre_fraction(alpha, y);
    const double log_y = std::log(y);
    const double power = std::exp(-alpha * log_y);
    if (std::isinf(power)) return infinity;
    if (alpha <= 0.5) {
        // Gamma(-alpha) + y^-alpha / alpha without its cancellation for small alpha
        const double head = (std::expm1(-alpha * log_y) - boost::math::tgamma1pm1(-alpha)) / alpha;
        return head - power * alternating_tail(alpha, y, 1);
    }
    // the pole of Gamma(-alpha) at alpha = 1 against the term k = 1
    const double rest = 1.0 - alpha;
    const double pole = (std::expm1(rest * log_y) - (boost::math::tgamma1pm1(rest) + rest) / alpha) / rest;
    return power / alpha + pole - power * alternating_tail(alpha, y, 2);
}

double scaled_lower_gamma(double s, double w) {
    if (w <= 0.0) return 1.0 / s;
    if (w < s + 1.0 || w < 2.0) {
        // e^-w sum_k w^k / (s (s+1) ... (s+k)): all terms positive
        double term = 1.0 / s;
        double sum = term;
        for (int k = 1; k < 10000; ++k) {
            term *= w / (s + k);
            sum += term;
            if (term < epsilon * sum) break;
        }
        return sum * std::exp(-w);
    }
    return boost::math::gamma_p(s, w, Quiet{}) * std::exp(numerics::log_gamma(s) - s * std::log(w));
}

double lower_gamma(double s, double w) {
    return w <= 0.0 ? 0.0 : std::exp(s * std::log(w)) * scaled_lower_gamma(s, w);
}

double upper_beta_zero(double b, double x, double rest) {
    if (rest <= 0.0) return 0.0;
    if (x * (b + 1.0) < 0.3) {
        // -ln x - gamma - psi(b) - sum_k (1-b)_k x^k / (k! k)
        double term = 1.0;
        double sum = 0.0;
        for (int k = 1; k < 1000; ++k) {
            term *= (k - b) / k * x;
            const double part = term / k;
            sum += part;
            if (std::abs(part) < epsilon * 0.01) break;
        }
        return -std::log(x) - std::numbers::egamma - boost::math::digamma(b) - sum;
    }
    // rest^b / b 2F1(b, 1; b+1; rest) by Gauss's continued fraction
    constexpr double tiny = 1e-300;
    double d = 0.0;
    double c = 1.0;
    double h = 1.0;
    for (int m = 1; m < 100000; ++m) {
        const double half = 0.5 * (m - m % 2);
        const double coefficient = m % 2 == 1 ? -(b + half) * (b + half) / ((b + 2.0 * half) * (b + 2.0 * half + 1.0))
                                              : -half * half / ((b + 2.0 * half - 1.0) * (b + 2.0 * half));
        d = 1.0 + coefficient * rest * d;
        if (std::abs(d) < tiny) d = tiny;
        c = 1.0 + coefficient * rest / c;
        if (std::abs(c) < tiny) c = tiny;
        d = 1.0 / d;
        const double factor = c * d;
        h *= factor;
        if (std::abs(factor - 1.0) < epsilon) break;
    }
    return std::exp(b * std::log(rest)) / b / h;
}

double circular_segment(double theta) {
    if (theta > 0.5) return theta - std::sin(theta) * std::cos(theta);
    // (2 theta - sin 2 theta) / 2
    const double square = 4.0 * theta * theta;
    double term = theta * square / 6.0;
    double sum = term;
    for (int k = 2; k < 30; ++k) {
        term *= -square / (2.0 * k * (2.0 * k + 1.0));
        sum += term;
    }
    return sum;
}

double log_scaled_lower_gamma_difference(double s, double w, double log_t) {
    const double log_larger =
        std::log(w) + (log_t > 0.0 ? log_t + std::log1p(std::exp(-log_t)) : std::log1p(std::exp(log_t)));
    if (log_larger < 0.0) {
        // sum_{n >= 1} (-1)^(n+1) (W^n - w^n) / (n! (s + n)), W = (1 + t) w < 1; W^n - w^n = (W - w)(W^(n-1) + ...)
        const double larger = std::exp(log_larger);
        const double ratio = w / larger;
        double power = 1.0;     // W^(n-1) / n!
        double geometric = 0.0; // 1 + ratio + ... + ratio^(n-1)
        double last = 1.0;
        double sum = 0.0;
        for (int n = 1; n < 60; ++n) {
            power = n == 1 ? 1.0 : power * -larger / n;
            geometric += last;
            last *= ratio;
            const double part = power * geometric / (s + n);
            sum += part;
            if (std::abs(part) < epsilon * 0.1 * std::abs(sum)) break;
        }
        return std::log(w) + log_t + std::log(sum);
    }
    if (log_t > 0.0) {
        const double larger = log_larger > 700.0 ? infinity : std::exp(log_larger);
        const double second =
            std::isinf(larger) ? std::exp(numerics::log_gamma(s) - s * log_larger) : scaled_lower_gamma(s, larger);
        return std::log(scaled_lower_gamma(s, w) - second);
    }
    // t <= 1: int_w^W scaled_lower_gamma(s + 1, v) dv
    const double length = w * std::exp(log_t);
    static const numerics::QuadratureRule rule = numerics::gauss_legendre(40, 0.0, 1.0);
    double sum = 0.0;
    for (std::size_t i = 0; i < rule.nodes.size(); ++i)
        sum += rule.weights[i] * scaled_lower_gamma(s + 1.0, w + length * rule.nodes[i]);
    return std::log(length) + std::log(sum);
}

} // namespace limsym::mixture
