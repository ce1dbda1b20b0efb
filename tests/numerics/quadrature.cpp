#include "limsym/numerics/quadrature.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include <doctest/doctest.h>

#include "limsym/base/error.hpp"
#include "limsym/numerics/distributions.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::numerics;
using tests::message_of;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

template <typename F>
double apply(const QuadratureRule& rule, const F& f) {
    double sum = 0.0;
    for (std::size_t i = 0; i < rule.nodes.size(); ++i)
        sum += rule.weights[i] * f(rule.nodes[i]);
    return sum;
}

// The likelihood of N observations with squared norm d under variance s = e^u.
double log_likelihood(double u, double n, double d) {
    return -0.5 * n * u - 0.5 * d * std::exp(-u);
}

} // namespace

TEST_CASE("Gauss-Hermite: exact moments of the normal") {
    for (const std::size_t n : {1U, 2U, 3U, 7U, 20U, 64U, 101U, 500U, 2000U}) {
        CAPTURE(n);
        const QuadratureRule rule = gauss_hermite(n);
        REQUIRE(rule.nodes.size() == n);
        double moment = 1.0; // (2k - 1)!!
        for (std::size_t k = 0; 2 * k <= std::min<std::size_t>(2 * n - 1, 24); ++k) {
            if (k > 0) moment *= static_cast<double>(2 * k - 1);
            const double power = static_cast<double>(2 * k);
            CHECK(apply(rule, [&](double x) { return std::pow(x, power); }) == doctest::Approx(moment).epsilon(1e-12));
        }
        for (std::size_t i = 0; i < n; ++i) {
            if (i > 0) REQUIRE(rule.nodes[i] > rule.nodes[i - 1]);
            REQUIRE(rule.nodes[i] == -rule.nodes[n - 1 - i]);
            REQUIRE(rule.weights[i] == rule.weights[n - 1 - i]);
        }
        if (n >= 20)
            CHECK(apply(rule, [](double x) { return std::cos(x); }) == doctest::Approx(std::exp(-0.5)).epsilon(1e-13));
    }
    // Abramowitz and Stegun, table 25.10, n = 20, in the normal's scale: the outermost node and weight.
    const QuadratureRule rule = gauss_hermite(20);
    CHECK(rule.nodes[19] == doctest::Approx(5.3874808900112 * std::numbers::sqrt2).epsilon(1e-13));
    CHECK(rule.weights[19] == doctest::Approx(2.229393645534e-13 / std::sqrt(std::numbers::pi)).epsilon(1e-11));
    CHECK_THROWS_AS(static_cast<void>(gauss_hermite(0)), std::invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(gauss_hermite(2001)), std::invalid_argument);
}

TEST_CASE("Gauss-Legendre: polynomials up to degree 2n - 1, smooth functions, many points") {
    for (const std::size_t n : {1U, 2U, 5U, 16U, 33U, 200U, 10000U}) {
        CAPTURE(n);
        const QuadratureRule rule = gauss_legendre(n, -1.0, 1.0);
        for (std::size_t degree = 0; degree <= std::min<std::size_t>(2 * n - 1, 30); ++degree) {
            const double want = degree % 2 == 0 ? 2.0 / static_cast<double>(degree + 1) : 0.0;
            const double got = apply(rule, [&](double x) { return std::pow(x, static_cast<double>(degree)); });
            CHECK(std::fabs(got - want) < 2e-14);
        }
        for (std::size_t i = 1; i < n; ++i)
            REQUIRE(rule.nodes[i] > rule.nodes[i - 1]);
    }
    const QuadratureRule rule = gauss_legendre(20, 1.0, 3.0);
    CHECK(apply(rule, [](double x) { return std::exp(x); }) ==
          doctest::Approx(std::exp(3.0) - std::exp(1.0)).epsilon(1e-14));
    CHECK_THROWS_AS(static_cast<void>(gauss_legendre(0, 0.0, 1.0)), std::invalid_argument);
}

TEST_CASE("log density: inverse gamma posteriors in closed form") {
    // h = inverse gamma(alpha, beta): the integral is Gamma(a) / Gamma(alpha) beta^alpha b^-a.
    for (const double alpha : {0.5, 2.0, 50.0})
        for (const double beta : {0.1, 2.0, 1e4})
            for (const double n : {1.0, 2.0, 10.0, 1000.0, 1e5})
                for (const double d : {1e-8, 1e-3, 1.0, 1e4, 1e8}) {
                    CAPTURE(alpha);
                    CAPTURE(beta);
                    CAPTURE(n);
                    CAPTURE(d);
                    const double a = alpha + 0.5 * n;
                    const double b = beta + 0.5 * d;
                    const double constant = alpha * std::log(beta) - log_gamma(alpha);
                    const auto g = [&](double u) {
                        return log_likelihood(u, n, d) + constant - alpha * u - beta * std::exp(-u);
                    };
                    const double want = log_gamma_ratio(alpha, 0.5 * n) + alpha * std::log(beta) - a * std::log(b);
                    // From the mode as from a start that is far off.
                    for (const double start : {std::log(b / a), 3.0}) {
                        const LogDensityNodes law = integrate_log_density(g, start, -60.0, 700.0);
                        CHECK(std::fabs(law.log_integral - want) <= 1e-12 * std::fmax(1.0, std::fabs(want)));
                        double mass = 0.0;
                        double mean_inverse = 0.0;
                        for (std::size_t i = 0; i < law.nodes.size(); ++i) {
                            mass += std::exp(law.log_weights[i]);
                            mean_inverse += std::exp(law.log_weights[i] - law.nodes[i]);
                        }
                        CHECK(mass == doctest::Approx(1.0).epsilon(1e-13));
                        CHECK(mean_inverse == doctest::Approx(a / b).epsilon(1e-9));
                    }
                }
}

TEST_CASE("log density: heavy tails") {
    // Burr XII(c, k), no data: mass 1; E[min(s, 1)] style check by its quantile function.
    const double c = 2.0;
    const double k = 1.0;
    const auto burr = [&](double u) {
        const double cu = c * u;
        const double log1p_exp = cu > 0.0 ? cu + std::log1p(std::exp(-cu)) : std::log1p(std::exp(cu));
        return std::log(c * k) + cu - (k + 1.0) * log1p_exp;
    };
    const LogDensityNodes law = integrate_log_density(burr, 0.0, -700.0, 700.0);
    CHECK(std::fabs(law.log_integral) < 1e-13);
    // Half Cauchy on sqrt(s): density 1/(pi sqrt(s) (1 + s)).
    const auto half_cauchy = [](double u) {
        const double log1p_exp = u > 0.0 ? u + std::log1p(std::exp(-u)) : std::log1p(std::exp(u));
        return -std::log(std::numbers::pi) + 0.5 * u - log1p_exp;
    };
    CHECK(std::fabs(integrate_log_density(half_cauchy, 5.0, -700.0, 700.0).log_integral) < 1e-13);
    // With one observation d = 0 in sight: integral of s^(-1/2) e^(-d/2s) h(s), known through erfc scaled:
    // (1/pi) int_0^inf e^(-d x^2/2) / (1/x ... ) with s = 1/x^2 gives e^(d/2) E_1(d/2) / pi.
    const double d = 0.3;
    const auto posterior = [&](double u) { return half_cauchy(u) + log_likelihood(u, 1.0, d); };
    const double e1 = -std::expint(-0.5 * d);
    CHECK(integrate_log_density(posterior, 0.0, -700.0, 700.0).log_integral ==
          doctest::Approx(std::log(std::exp(0.5 * d) * e1 / std::numbers::pi)).epsilon(1e-13));
}

TEST_CASE("log density: a peak far narrower than the interval, and values that overflow exp") {
    for (const double width : {1e-6, 1e-2, 1.0, 30.0}) {
        CAPTURE(width);
        const auto g = [&](double u) { return 5000.0 - 0.5 * (u - 7.3) * (u - 7.3) / (width * width); };
        CHECK(integrate_log_density(g, 0.0, -600.0, 600.0).log_integral ==
              doctest::Approx(5000.0 + std::log(width) + 0.5 * std::log(2.0 * std::numbers::pi)).epsilon(1e-14));
    }
}

TEST_CASE("log density: one tail far longer than the other, and a peak narrower than anything") {
    // exp(e u) below, exp(-u) above: the integral is 1/e + 1.
    for (const double e : {1e-1, 1e-4, 1e-7}) {
        CAPTURE(e);
        const auto g = [&](double u) { return u < 0.0 ? e * u : -u; };
        const auto smooth = [&](double u) { // 1/(exp(-e u) + exp(u)): Beta function, pi/(1+e)/sin(pi e/(1+e))
            return u < 0.0 ? e * u - std::log1p(std::exp((1.0 + e) * u)) : -u - std::log1p(std::exp(-(1.0 + e) * u));
        };
        const double angle = std::numbers::pi * e / (1.0 + e);
        CHECK(log_integral_far(smooth, 3.0, -700.0, 700.0) ==
              doctest::Approx(std::log(std::numbers::pi / (1.0 + e) / std::sin(angle))).epsilon(1e-12));
        CHECK(log_integral_far(g, 3.0, -700.0, 700.0) == doctest::Approx(std::log(1.0 / e + 1.0)).epsilon(1e-6));
    }
    CHECK(message_of<DensityError>([] {
              return log_integral_far([](double) { return 0.0; }, 0.0, -100.0, 100.0);
          }).starts_with("improper: "));
    const auto narrow = [](double u) { return -0.5 * (u / 1e-250) * (u / 1e-250); };
    CHECK(integrate_log_density(narrow, 0.5, -600.0, 600.0).log_integral ==
          doctest::Approx(std::log(1e-250) + 0.5 * std::log(2.0 * std::numbers::pi)).epsilon(1e-13));
}

TEST_CASE("log density: improper and empty ones are named") {
    const auto rises_left = [](double u) { return -u; };
    const auto flat = [](double) { return 0.0; };
    const auto nothing = [](double) { return -infinity; };
    const auto integrate = [](auto g) { return [g] { return integrate_log_density(g, 0.0, -100.0, 100.0); }; };
    CHECK(message_of<base::WorkError>(integrate(rises_left)).starts_with("improper: "));
    CHECK(message_of<base::WorkError>(integrate(flat)).starts_with("improper: "));
    CHECK(message_of<base::WorkError>(integrate(nothing)).starts_with("zero everywhere: "));
    CHECK(message_of<base::WorkError>(integrate([](double u) { return 0.5 * u; })).find("right") != std::string::npos);
}

TEST_CASE("log sum exp") {
    CHECK(log_sum_exp({}) == -infinity);
    CHECK(log_sum_exp({-infinity, -infinity}) == -infinity);
    CHECK(log_sum_exp({1000.0, 1000.0}) == doctest::Approx(1000.0 + std::numbers::ln2).epsilon(1e-15));
    CHECK(log_sum_exp({-1000.0, -1001.0, -infinity}) ==
          doctest::Approx(-1000.0 + std::log1p(std::exp(-1.0))).epsilon(1e-15));
}
