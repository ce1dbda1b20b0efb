#include "limsym/network/block_activation.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "limsym/network/expression.hpp"

using namespace limsym;

namespace {

// One of every kind, with parameters that are not the defaults.
const std::vector<std::string> every_kind{
    "relu",
    R"({"leaky_relu":{"alpha":0.1}})",
    R"({"abrelu":{"a":-0.3,"b":1.4}})",
    "abs",
    "sign",
    R"({"erf":{"a":1.3,"b":0.7,"c":0.2}})",
    "sigmoid_like",
    "gelu",
    "gabor",
    R"({"sin":{"a":1.1,"b":1.7,"c":0.3}})",
    R"({"cos":{"a":0.9,"b":0.6,"c":-0.4}})",
    R"({"rbf":{"gamma":0.8}})",
    R"({"gaussian":{"a":1.2,"b":-0.5}})",
    R"({"exp":{"a":0.7,"b":0.4}})",
    R"({"monomial":{"degree":3}})",
    R"({"polynomial":{"coef":[0.3,-1,0.5,0.25]}})",
    R"({"hermite":{"degree":4}})",
    R"({"rectified_monomial":{"degree":3}})",
    "tanh",
    "sigmoid",
    "softplus",
    "swish",
    "elu",
    "selu",
    "identity",
    R"json({"expr":"tanh(x) * exp(-x^2/3) + 0.1*x^3 - sqrt(1 + x^2) / (2 + sin(x))"})json",
};

const std::vector<double> places{-30.0, -6.5, -3.1, -2.0, -1.2, -0.4, -1e-3, 2e-3, 0.3, 0.9, 1.7, 2.6, 4.4, 8.0, 25.0};

double scale_of(double value) {
    return std::max(1.0, std::abs(value));
}

} // namespace

TEST_CASE("activations over blocks equal their scalar functions") {
    for (const std::string& text : every_kind) {
        CAPTURE(text);
        const network::Activation activation = network::parse_activation(text, "--activation");
        const network::ScalarFunction scalar = network::scalar_function(activation);
        const network::BlockActivation block(activation);
        // the same numbers at many lengths: a result depends on its number alone
        for (const std::size_t count : {std::size_t{1}, std::size_t{7}, std::size_t{300}}) {
            std::vector<double> u(count);
            for (std::size_t i = 0; i < count; ++i)
                u[i] = places[i % places.size()];
            std::vector<double> value(count);
            std::vector<double> slope(count);
            std::vector<double> curvature(count);
            block.evaluate(u.data(), value.data(), slope.data(), curvature.data(), count);
            for (std::size_t i = 0; i < count; ++i) {
                CAPTURE(u[i]);
                CHECK(std::abs(value[i] - scalar.value(u[i])) <= 2e-14 * scale_of(scalar.value(u[i])));
                CHECK(std::abs(slope[i] - scalar.derivative(u[i])) <= 2e-14 * scale_of(scalar.derivative(u[i])));
            }
            std::vector<double> again = u;
            block.evaluate<double>(again.data(), again.data(), nullptr, nullptr, count);
            CHECK(again == value);
        }
    }
}

TEST_CASE("second derivatives of activations equal differences of the first") {
    for (const std::string& text : every_kind) {
        CAPTURE(text);
        const network::Activation activation = network::parse_activation(text, "--activation");
        const network::ScalarFunction scalar = network::scalar_function(activation);
        const network::BlockActivation block(activation);
        for (const double u : places) {
            if (std::abs(u) < 0.01 || std::abs(u) > 10) continue; // kinks; sizes where differences say nothing
            CAPTURE(u);
            constexpr double step = 1e-3;
            const auto d = [&](double at) { return scalar.derivative(at); };
            const double expected =
                (8 * (d(u + step) - d(u - step)) - (d(u + 2 * step) - d(u - 2 * step))) / (12 * step);
            double curvature = 0.0;
            block.evaluate<double>(&u, nullptr, nullptr, &curvature, 1);
            CHECK(std::abs(curvature - expected) <= 2e-9 * scale_of(expected));
        }
    }
}

TEST_CASE("activations in single precision are those in double, rounded") {
    for (const std::string& text : every_kind) {
        CAPTURE(text);
        const network::BlockActivation block(network::parse_activation(text, "--activation"));
        for (const double place : places) {
            if (std::abs(place) > 10) continue;
            const auto u = static_cast<float>(place);
            const auto wide = static_cast<double>(u);
            CAPTURE(u);
            double expected[3];
            float got[3];
            block.evaluate(&wide, expected, expected + 1, expected + 2, 1);
            block.evaluate(&u, got, got + 1, got + 2, 1);
            for (std::size_t k = 0; k < 3; ++k)
                CHECK(std::abs(static_cast<double>(got[k]) - expected[k]) <= 4e-6 * scale_of(expected[k]));
        }
    }
}

TEST_CASE("at a kink the slope is the mean of both sides") {
    const double zero = 0.0;
    for (const auto& [text, expected] : std::vector<std::pair<std::string, double>>{
             {"relu", 0.5}, {"abs", 0.0}, {R"({"leaky_relu":{"alpha":0.1}})", 0.55}, {"identity", 1.0}}) {
        double slope = -1.0;
        double curvature = -1.0;
        network::BlockActivation(network::parse_activation(text, "-"))
            .evaluate<double>(&zero, nullptr, &slope, &curvature, 1);
        CHECK(slope == expected);
        CHECK(curvature == 0.0);
    }
}

TEST_CASE("expressions know their second derivatives") {
    const network::Expression e("x^3 + 2^x + x^x + log(x) / x + max(x, 1) * min(x^2, 9)", "e");
    for (const double x : {0.7, 1.3, 2.9}) {
        const network::Expression::Jet jet = e.jet_at(x);
        CHECK(jet.value == doctest::Approx(e.at(x).value).epsilon(1e-15));
        CHECK(jet.slope == doctest::Approx(e.at(x).slope).epsilon(1e-14));
        constexpr double step = 1e-4;
        const double expected = (e.at(x + step).slope - e.at(x - step).slope) / (2 * step);
        CHECK(jet.curvature == doctest::Approx(expected).epsilon(1e-6));
    }
}
