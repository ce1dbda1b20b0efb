#include "limsym/numerics/variates.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include "limsym/numerics/distributions.hpp"

using namespace limsym;
using namespace limsym::numerics;

namespace {

// Largest distance between the empirical and the given distribution function.
template <typename Cdf>
double kolmogorov_smirnov(std::vector<double> sample, const Cdf& cdf) {
    std::sort(sample.begin(), sample.end());
    const double n = static_cast<double>(sample.size());
    double distance = 0.0;
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const double f = cdf(sample[i]);
        distance = std::max({distance, f - static_cast<double>(i) / n, static_cast<double>(i + 1) / n - f});
    }
    return distance;
}

// At level 1e-6: 2 exp(-2 n D^2) = 1e-6.
double critical(std::size_t n) {
    return std::sqrt(0.5 * std::log(2.0 / 1e-6) / static_cast<double>(n));
}

// P(shape, x) by its power series.
double gamma_cdf(double shape, double x) {
    if (x <= 0.0) return 0.0;
    double term = 1.0 / shape;
    double sum = term;
    for (int k = 1; k < 5000 && term > 1e-17 * sum; ++k)
        sum += term *= x / (shape + k);
    return std::exp(shape * std::log(x) - x - log_gamma(shape)) * sum;
}

} // namespace

TEST_CASE("normals: the law, and draw k does not depend on the count") {
    base::RandomStream stream(5, "test");
    std::vector<double> sample(100000);
    fill_normal(stream, sample.data(), sample.size());
    CHECK(kolmogorov_smirnov(sample, normal_cdf) < critical(sample.size()));
    // Pairs are uncorrelated, and so are their squares (5 standard errors).
    double product = 0.0;
    double squares = 0.0;
    for (std::size_t i = 0; i < sample.size(); i += 2) {
        product += sample[i] * sample[i + 1];
        squares += (sample[i] * sample[i] - 1.0) * (sample[i + 1] * sample[i + 1] - 1.0);
    }
    const double pairs = static_cast<double>(sample.size()) / 2.0;
    CHECK(std::fabs(product) < 5.0 * std::sqrt(pairs));
    CHECK(std::fabs(squares) < 5.0 * 2.0 * std::sqrt(pairs));

    for (const std::size_t count : {1U, 2U, 3U, 511U, 512U, 513U, 1025U}) {
        base::RandomStream again(5, "test");
        std::vector<double> prefix(count);
        fill_normal(again, prefix.data(), count);
        CHECK(std::memcmp(prefix.data(), sample.data(), count * sizeof(double)) == 0);
        // An odd last draw uses up its pair.
        base::RandomStream words(5, "test");
        for (std::size_t i = 0; i < 2 * ((count + 1) / 2); ++i)
            words.next();
        CHECK(again.next() == words.next());
    }
    base::RandomStream single(5, "test");
    CHECK(normal(single) == sample[0]);
    CHECK(normal(single) == sample[2]);
}

TEST_CASE("normals: the documented map of words") {
    base::RandomStream words(9, "map");
    const double u = words.uniform();
    const double v = words.uniform();
    base::RandomStream stream(9, "map");
    double z[2];
    fill_normal(stream, z, 2);
    CHECK(z[0] == doctest::Approx(std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * M_PI * v)).epsilon(1e-14));
    CHECK(z[1] == doctest::Approx(std::sqrt(-2.0 * std::log(u)) * std::sin(2.0 * M_PI * v)).epsilon(1e-14));
}

TEST_CASE("exponential and gamma laws") {
    const std::size_t count = 50000;
    std::vector<double> sample(count);
    base::RandomStream stream(6, "test");
    for (double& x : sample)
        x = exponential(stream);
    CHECK(kolmogorov_smirnov(sample, [](double x) { return -std::expm1(-x); }) < critical(count));
    for (const double shape : {0.05, 0.5, 1.0, 2.5, 40.0, 1000.0}) {
        CAPTURE(shape);
        base::RandomStream own(7, "gamma");
        for (double& x : sample)
            x = gamma(own, shape);
        CHECK(kolmogorov_smirnov(sample, [&](double x) { return gamma_cdf(shape, x); }) < critical(count));
    }
}

TEST_CASE("log gamma variates of tiny shapes stay finite") {
    // G^shape has the law of U as shape goes to 0: P(shape log G < log u) ~ u.
    const double shape = 1e-4;
    std::vector<double> sample(20000);
    base::RandomStream stream(8, "test");
    for (double& x : sample) {
        const double log_gamma_draw = log_gamma_variate(stream, shape);
        REQUIRE(std::isfinite(log_gamma_draw));
        x = std::exp(shape * log_gamma_draw);
    }
    CHECK(kolmogorov_smirnov(sample, [](double u) { return std::clamp(u, 0.0, 1.0); }) <
          critical(sample.size()) + 2e-3);
    base::RandomStream a(1, "x");
    base::RandomStream b(1, "x");
    CHECK(gamma(a, 0.3) == doctest::Approx(std::exp(log_gamma_variate(b, 0.3))).epsilon(1e-15));
}

TEST_CASE("permutations: every order equally often") {
    std::vector<int> seen(24, 0);
    base::RandomStream stream(2, "test");
    const int count = 48000;
    for (int i = 0; i < count; ++i) {
        std::size_t p[4];
        fill_permutation(stream, p, 4);
        int rank = 0;
        for (int a = 0; a < 4; ++a) {
            int smaller = 0;
            for (int b = a + 1; b < 4; ++b)
                smaller += p[b] < p[a] ? 1 : 0;
            rank = rank * (4 - a) + smaller;
        }
        ++seen[static_cast<std::size_t>(rank)];
    }
    double chi_squared = 0.0;
    for (const int times : seen)
        chi_squared += (times - 2000.0) * (times - 2000.0) / 2000.0;
    CHECK(chi_squared < 75.0); // 23 degrees of freedom, level 2e-7
    std::size_t none = 7;
    fill_permutation(stream, &none, 0);
    CHECK(none == 7);
    fill_permutation(stream, &none, 1);
    CHECK(none == 0);
}
