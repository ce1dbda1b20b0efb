#include "limsym/numerics/minimise.hpp"

#include <cmath>
#include <limits>
#include <numbers>

#include <doctest/doctest.h>

#include "limsym/base/error.hpp"

using namespace limsym;
using namespace limsym::numerics;

TEST_CASE("interval: smooth, kinked, at the ends, several minima") {
    int calls = 0;
    const Minimum1D smooth = minimise_on_interval(
        [&](double x) {
            ++calls;
            return std::cosh(x - 1.2345);
        },
        -10.0, 10.0, 1e-8);
    CHECK(std::fabs(smooth.x - 1.2345) < 2e-8);
    CHECK(smooth.value == doctest::Approx(1.0).epsilon(1e-15));
    CHECK(calls < 80);
    const Minimum1D kink = minimise_on_interval([](double x) { return std::fabs(x - 0.3); }, -1.0, 1.0, 1e-9);
    CHECK(std::fabs(kink.x - 0.3) < 2e-9);
    CHECK(std::fabs(minimise_on_interval([](double x) { return x; }, 2.0, 3.0, 1e-9).x - 2.0) < 2e-9);
    CHECK(std::fabs(minimise_on_interval([](double x) { return -x; }, 2.0, 3.0, 1e-9).x - 3.0) < 2e-9);
    // The deeper of two valleys, found by the scan.
    const Minimum1D deep =
        minimise_on_interval([](double x) { return std::sin(5.0 * x) + 0.1 * x; }, -3.0, 3.0, 1e-9, 60);
    // 5 cos 5x = -0.1 near x = -(pi/2 + 2 pi)/5 + ...; the leftmost valley inside is the deepest.
    CHECK(std::fabs(5.0 * std::cos(5.0 * deep.x) + 0.1) < 1e-6);
    CHECK(deep.x < -1.5);
}

TEST_CASE("interval: evaluations that fail count as infinite") {
    const Minimum1D partial = minimise_on_interval(
        [](double x) { return x < 0.0 ? std::numeric_limits<double>::quiet_NaN() : (x - 0.5) * (x - 0.5); }, -1.0, 1.0,
        1e-8);
    CHECK(std::fabs(partial.x - 0.5) < 1e-7);
    const Minimum1D none =
        minimise_on_interval([](double) { return std::numeric_limits<double>::quiet_NaN(); }, 0.0, 1.0, 1e-8);
    CHECK(none.value == std::numeric_limits<double>::infinity());
}

TEST_CASE("root: found to the last bits; no change of sign is an error") {
    const double root = find_root([](double x) { return std::cos(x) - x; }, 0.0, 1.0);
    CHECK(std::fabs(root - 0.73908513321516064) < 3e-16);
    CHECK(find_root([](double x) { return x; }, 0.0, 1.0) == 0.0);
    CHECK(std::fabs(find_root([](double x) { return std::expm1(x - 1e-3); }, -50.0, 50.0) - 1e-3) < 1e-17);
    CHECK_THROWS_AS(static_cast<void>(find_root([](double) { return 1.0; }, 0.0, 1.0)), base::WorkError);
}

TEST_CASE("L-BFGS: Rosenbrock's valley") {
    const auto rosenbrock = [](const arma::vec& x, arma::vec& g) {
        double value = 0.0;
        g.zeros();
        for (arma::uword i = 0; i + 1 < x.n_elem; ++i) {
            const double a = x[i + 1] - x[i] * x[i];
            const double b = 1.0 - x[i];
            value += 100.0 * a * a + b * b;
            g[i] += -400.0 * a * x[i] - 2.0 * b;
            g[i + 1] += 200.0 * a;
        }
        return value;
    };
    for (const arma::uword n : {2U, 10U, 50U}) {
        arma::vec start(n);
        for (arma::uword i = 0; i < n; ++i)
            start[i] = i % 2 == 0 ? -1.2 : 1.0;
        LbfgsOptions options;
        options.max_iterations = 1000;
        options.gradient_tolerance = 1e-9;
        options.value_tolerance = 0.0;
        const Minimum minimum = minimise_lbfgs(rosenbrock, start, options);
        CAPTURE(n);
        CHECK(minimum.converged);
        CHECK(minimum.value < 1e-15);
        CHECK(minimum.iterations < 300);
        CHECK(arma::norm(minimum.gradient, "inf") <= 1e-9);
    }
}

TEST_CASE("L-BFGS: an ill-conditioned quadratic, walls of infinity, nothing to do") {
    const auto quadratic = [](const arma::vec& x, arma::vec& g) {
        double value = 0.0;
        for (arma::uword i = 0; i < x.n_elem; ++i) {
            const double scale = std::pow(10.0, static_cast<double>(i));
            g[i] = scale * (x[i] - 1.0);
            value += 0.5 * scale * (x[i] - 1.0) * (x[i] - 1.0);
        }
        return value;
    };
    const Minimum minimum = minimise_lbfgs(quadratic, arma::vec(5, arma::fill::zeros));
    CHECK(minimum.converged);
    CHECK(arma::abs(minimum.x - 1.0).max() < 1e-4);

    // -log x + x is infinite for x <= 0; the minimum is at 1.
    const auto barrier = [](const arma::vec& x, arma::vec& g) {
        if (x[0] <= 0.0) return std::numeric_limits<double>::infinity();
        g[0] = 1.0 - 1.0 / x[0];
        return x[0] - std::log(x[0]);
    };
    const Minimum inside = minimise_lbfgs(barrier, arma::vec{30.0});
    CHECK(inside.converged);
    CHECK(inside.x[0] == doctest::Approx(1.0).epsilon(1e-6));

    const Minimum there = minimise_lbfgs(quadratic, arma::vec(5, arma::fill::ones));
    CHECK(there.converged);
    CHECK(there.iterations == 0);
    const Minimum impossible = minimise_lbfgs(
        [](const arma::vec&, arma::vec&) { return std::numeric_limits<double>::infinity(); }, arma::vec{1.0});
    CHECK_FALSE(impossible.converged);
}
