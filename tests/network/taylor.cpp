// Taylor series of expressions: closed derivatives, and the derivative of one order below by differences.
#include <cmath>
#include <string>

#include "limsym/network/expression.hpp"
#include "support.hpp"

using namespace limsym;

TEST_CASE("derivatives up to the fourth of known functions") {
    const network::Taylor power = network::Expression("x^5", "test").taylor_at(2.0);
    CHECK(power.derivative(0) == 32);
    CHECK(power.derivative(1) == 80);
    CHECK(power.derivative(2) == 160);
    CHECK(power.derivative(3) == 240);
    CHECK(power.derivative(4) == 240);
    const network::Taylor wave = network::Expression("sin(2*x)", "test").taylor_at(0.3);
    CHECK(wave.derivative(3) == doctest::Approx(-8 * std::cos(0.6)).epsilon(1e-14));
    CHECK(wave.derivative(4) == doctest::Approx(16 * std::sin(0.6)).epsilon(1e-14));
}

TEST_CASE("every function's series: each derivative is that of the one before") {
    for (const std::string& name : network::expression_functions()) {
        if (name == "min" || name == "max" || name == "pow") continue;
        CAPTURE(name);
        const network::Expression f(name + "(0.4*x^2+0.7*x+0.2)", "test");
        for (const double x : {0.35, 1.1}) {
            constexpr double h = 1e-5;
            const network::Taylor at = f.taylor_at(x);
            CHECK(at.derivative(0) == f.at(x).value);
            for (std::size_t m = 0; m + 1 < network::Taylor::terms; ++m) {
                const double difference =
                    (f.taylor_at(x + h).derivative(m) - f.taylor_at(x - h).derivative(m)) / (2 * h);
                CHECK(std::abs(at.derivative(m + 1) - difference) <= 1e-7 * std::max(1.0, std::abs(difference)));
            }
        }
    }
}

TEST_CASE("powers, quotients, and the parts of max") {
    for (const char* text : {"(1+x^2)^x", "x^-1.5", "(x-3)^3/(1+x^4)", "max(x,0)*min(x,5)", "2^x"}) {
        CAPTURE(text);
        const network::Expression f(text, "test");
        constexpr double h = 1e-5;
        const network::Taylor at = f.taylor_at(0.8);
        for (std::size_t m = 0; m + 1 < network::Taylor::terms; ++m) {
            const double difference =
                (f.taylor_at(0.8 + h).derivative(m) - f.taylor_at(0.8 - h).derivative(m)) / (2 * h);
            CHECK(std::abs(at.derivative(m + 1) - difference) <= 1e-6 * std::max(1.0, std::abs(difference)));
        }
    }
}
