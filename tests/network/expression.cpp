#include "limsym/network/expression.hpp"

#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/network/activation.hpp"
#include "support.hpp"

using namespace limsym;
using network::Expression;

namespace {

double value(const std::string& text, double x) {
    return Expression(text, "here").at(x).value;
}
std::string failure(const std::string& text) {
    return tests::message_of<base::InputError>([&] { return Expression(text, "here"); });
}

} // namespace

TEST_CASE("precedence and associativity") {
    CHECK(value("1 + 2 * 3", 0) == 7);
    CHECK(value("2 ^ 3 ^ 2", 0) == 512);
    CHECK(value("-x^2", 3) == -9);
    CHECK(value("2^-1", 0) == 0.5);
    CHECK(value("10 - 4 - 3", 0) == 3);
    CHECK(value("12 / 3 / 2", 0) == 2);
    CHECK(value("x**2 * 2", 3) == 18);
    CHECK(value("max(min(x, 2), -1)", 5) == 2);
    CHECK(value("pow(x, 3) + e - e", 2) == doctest::Approx(8));
    CHECK(value("1.5e1 + .5", 0) == 15.5);
    CHECK(value("-(-(x))", 4) == 4);
    CHECK(value("sin(pi)", 0) == doctest::Approx(0).epsilon(1e-15));
}

TEST_CASE("derivatives equal central differences") {
    for (const std::string text : {"x*tanh(x)",
                                   "exp(-x^2)*sin(3*x)",
                                   "gelu(x)",
                                   "swish(x)",
                                   "softplus(2*x)",
                                   "sigmoid(x)/(1+x^2)",
                                   "atan(x)^3",
                                   "erf(x) - erfc(x/2)",
                                   "cosh(x/3)*sinh(x/4)",
                                   "2^x",
                                   "log(1 + x^2)",
                                   "sqrt(1+x^2)",
                                   "log1p(x^2)*expm1(x/5)",
                                   "abs(x)",
                                   "relu(x)",
                                   "elu(x)",
                                   "max(x, 0.3*x)",
                                   "asinh(x)",
                                   "cos(x)^2",
                                   "tan(x/4)"}) {
        const Expression f(text, "here");
        for (const double x : {-1.7, -0.4, 0.6, 2.3}) {
            CAPTURE(text);
            const double h = 1e-5;
            CHECK(f.at(x).slope == doctest::Approx((f.at(x + h).value - f.at(x - h).value) / (2 * h)).epsilon(1e-8));
        }
    }
    CHECK(Expression("relu(x)", "here").at(0).slope == 0.5);
    CHECK(Expression("abs(x)", "here").at(0).slope == 0.0);
    CHECK(Expression("max(x, 2*x)", "here").at(0).slope == 1.5);
}

TEST_CASE("arrays equal single values") {
    const Expression f("x*sigmoid(x) + max(x, -1)^2 / 3", "here");
    std::vector<double> x(150);
    std::vector<double> out(150);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = 0.05 * static_cast<double>(i) - 3;
    f.evaluate(x.data(), out.data(), x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
        CHECK(out[i] == f.at(x[i]).value);
}

TEST_CASE("errors name the column") {
    CHECK(failure("x*(") == "here: column 4: the expression ends too early");
    CHECK(failure("x + tahn(x)").starts_with("here: column 5: unknown name 'tahn'; did you mean tan"));
    CHECK(failure("x x").starts_with("here: column 3: unexpected 'x'"));
    CHECK(failure("min(x)") == "here: column 6: expected ','");
    CHECK(failure("").starts_with("here: column 1"));
    CHECK(failure("1e999").starts_with("here: column 1: not a finite number"));
    CHECK(failure(std::string(5000, '-') + "x").find("4096") != std::string::npos);
    CHECK(failure(std::string(200, '(') + "x").find("64 levels") != std::string::npos);
    CHECK(failure(std::string(200, '-') + "x").find("64 levels") != std::string::npos);
    CHECK(failure("x$").starts_with("here: column 2"));
}

TEST_CASE("activations as functions have the derivatives they claim") {
    for (const std::string text : {R"("relu")",
                                   R"({"leaky_relu":{}})",
                                   R"({"abrelu":{"a":-0.5,"b":2}})",
                                   R"("erf")",
                                   R"("sigmoid_like")",
                                   R"("gelu")",
                                   R"("gabor")",
                                   R"("sin")",
                                   R"({"cos":{"c":0.2}})",
                                   R"("rbf")",
                                   R"("gaussian")",
                                   R"("exp")",
                                   R"({"monomial":{"degree":3}})",
                                   R"({"polynomial":{"coef":[1,-2,0.5]}})",
                                   R"({"hermite":{"degree":5}})",
                                   R"({"rectified_monomial":{"degree":2}})",
                                   R"("tanh")",
                                   R"("sigmoid")",
                                   R"("softplus")",
                                   R"("swish")",
                                   R"("elu")",
                                   R"("selu")",
                                   R"("identity")",
                                   R"({"expr":"x*tanh(x) "})"}) {
        CAPTURE(text);
        const auto activation = network::parse_activation(text, "--activation");
        const auto f = network::scalar_function(activation);
        for (const double x : {-1.3, 0.4, 1.9}) {
            const double h = 1e-5;
            CHECK(f.derivative(x) == doctest::Approx((f.value(x + h) - f.value(x - h)) / (2 * h)).epsilon(1e-7));
        }
    }
}
