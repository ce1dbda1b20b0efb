// Ten Gaussian moments: acceptance vectors, closed forms against quadrature, derivatives against differences.
#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/data/json.hpp"
#include "limsym/kernel/gaussian_moments.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

kernel::MomentForm form_of(const std::string& activation) {
    return kernel::moment_form(network::parse_activation(activation, "--activation"), "--activation");
}

kernel::MomentForm quadrature_of(const std::string& expression) {
    network::Activation activation;
    activation.kind = network::ActivationKind::expression;
    activation.expression = expression;
    return kernel::moment_form(activation, "--activation");
}

using Ten = std::array<double, 10>;
Ten ten(const kernel::MomentForm& form, double a, double b, double c) {
    return kernel::moments_in_order(kernel::evaluate_moments(form, a, b, c));
}

const std::vector<std::array<double, 3>> triples{{1, 1, 0.5},     {1, 1, 1},      {1, 1, -1},  {0.25, 4, 0.99},
                                                 {2, 0.3, -0.75}, {30, 2, -7},    {6, 6, 5.9}, {0, 1, 0},
                                                 {0.5, 0.5, 0},   {1e-6, 3, 1e-3}};

void agrees(const kernel::MomentForm& form, const kernel::MomentForm& reference, double tolerance) {
    for (const std::array<double, 3>& triple : triples) {
        const double a = triple[0];
        const double b = triple[1];
        const double c = triple[2];
        CAPTURE(a);
        CAPTURE(b);
        CAPTURE(c);
        const Ten got = ten(form, a, b, c);
        const Ten want = ten(reference, a, b, c);
        for (std::size_t k = 0; k < got.size(); ++k) {
            CAPTURE(kernel::moment_names[k]);
            CHECK(std::abs(got[k] - want[k]) <= tolerance * std::max(1.0, std::abs(want[k])));
        }
    }
}

} // namespace

TEST_CASE("the ten moments of the acceptance vectors, degenerate corners included") {
    const auto folder = tests::shared_folder("golden/jac-ntk");
    if (!folder) return;
    const data::Json document = data::read_json(*folder + "/moments.json");
    for (const data::Json& row : document.at("rows")) {
        const auto a = row.at("a").get<double>();
        const auto b = row.at("b").get<double>();
        const auto c = row.at("c").get<double>();
        CAPTURE(row.at("activation").get<std::string>());
        CAPTURE(a);
        CAPTURE(b);
        CAPTURE(c);
        const Ten got = ten(form_of(row.at("activation").get<std::string>()), a, b, c);
        for (std::size_t k = 0; k < got.size(); ++k) {
            const std::string name(kernel::moment_names[k]);
            CAPTURE(name);
            const auto want = row.at(name).get<double>();
            // those rows hold the moments at the decimal inputs, not at the doubles that they are read as
            const double tolerance = std::max(a, b) >= 1e4 && name != "F" ? 1e-10 : 1e-12;
            CHECK(std::abs(got[k] - want) <= tolerance * std::abs(want) + 1e-300);
        }
    }
}

TEST_CASE("closed forms equal quadrature of the same function") {
    agrees(form_of("erf"), quadrature_of("erf(x)"), 2e-14);
    agrees(form_of("gelu"), quadrature_of("gelu(x)"), 2e-13);
    agrees(form_of("sin"), quadrature_of("sin(x)"), 2e-14);
    agrees(form_of("cos"), quadrature_of("cos(x)"), 2e-14);
    agrees(form_of(R"({"sin":{"a":1.3,"b":0.7,"c":0.4}})"), quadrature_of("1.3*sin(0.7*x+0.4)"), 2e-14);
    agrees(form_of(R"({"erf":{"a":1.5,"b":0.6,"c":0.2}})"), quadrature_of("1.5*erf(0.6*x)+0.2"), 2e-14);
    agrees(form_of(R"({"rbf":{"gamma":0.35}})"), quadrature_of("sqrt(2)*sin(sqrt(0.7)*x+pi/4)"), 2e-14);
    agrees(form_of(R"({"polynomial":{"coef":[0.3,-1,0.5,0.2,0.1]}})"), quadrature_of("0.3-x+0.5*x^2+0.2*x^3+0.1*x^4"),
           1e-11);
    agrees(form_of("identity"), quadrature_of("x"), 2e-14);
    agrees(form_of("tanh"), quadrature_of("tanh(x)"), 2e-14);
}

TEST_CASE("vectorised derivatives of activations equal their Taylor series") {
    agrees(form_of("sigmoid"), quadrature_of("1/(1+exp(-x))"), 2e-14);
    agrees(form_of("softplus"), quadrature_of("log1p(exp(x))"), 2e-13);
    agrees(form_of("swish"), quadrature_of("x/(1+exp(-x))"), 2e-13);
}

TEST_CASE("known values: z^2, and the arc of relu") {
    const Ten square = ten(form_of(R"({"monomial":{"degree":2}})"), 1.5, 0.7, 0.4);
    CHECK(square[0] == doctest::Approx(1.5 * 0.7 + 2 * 0.16).epsilon(1e-15));
    CHECK(square[1] == doctest::Approx(4 * 0.4).epsilon(1e-15));
    CHECK(square[2] == doctest::Approx(4.0).epsilon(1e-15));
    CHECK(square[4] == doctest::Approx(0.7).epsilon(1e-15));
    const kernel::MomentForm relu = form_of("relu");
    CHECK_FALSE(relu.smooth);
    CHECK(ten(relu, 2, 2, 2)[0] == doctest::Approx(1.0).epsilon(1e-15));
    CHECK(ten(relu, 2, 2, 2)[1] == 0.5);
    CHECK(ten(relu, 2, 2, -2)[1] == 0.0);
    CHECK(ten(relu, 2, 2, 2)[2] == 0.0); // the limit of parallel inputs
    CHECK(std::isnan(ten(relu, 2, 2, 1)[3]));
}

TEST_CASE("every moment is the derivative that its name says") {
    for (const char* name : {"erf", "gelu", "sin", "softplus", "{\"rbf\":{\"gamma\":0.4}}"}) {
        CAPTURE(name);
        const kernel::MomentForm form = form_of(name);
        constexpr double h = 1e-5;
        const double a = 1.3;
        const double b = 0.8;
        const double c = -0.5;
        const Ten at = ten(form, a, b, c);
        const auto by = [&](std::size_t k, double da, double db, double dc) {
            return (ten(form, a + da, b + db, c + dc)[k] - ten(form, a - da, b - db, c - dc)[k]) / (2 * h);
        };
        const auto near = [](double got, double want) { CHECK(std::abs(got - want) <= 1e-9); };
        near(by(0, 0, 0, h), at[1]);
        near(by(1, 0, 0, h), at[2]);
        near(by(2, 0, 0, h), at[3]);
        near(by(0, h, 0, 0), at[4]);
        near(by(0, 0, h, 0), at[5]);
        near(by(1, h, 0, 0), at[6]);
        near(by(1, 0, h, 0), at[7]);
        near(by(2, h, 0, 0), at[8]);
        near(by(2, 0, h, 0), at[9]);
        near(by(4, 0, h, 0), at[2] / 4); // Fab = Fcc/4
        near(by(6, 0, h, 0), at[3] / 4);
    }
}

TEST_CASE("a pair's moments depend neither on its place in the block nor on the others") {
    for (const char* name : {"erf", "gelu", "sin"}) {
        const kernel::MomentForm form = form_of(name);
        kernel::MomentBlock block{};
        for (std::size_t i = 0; i < kernel::MomentBlock::most; ++i) {
            block.a[i] = 0.5 + 0.01 * static_cast<double>(i);
            block.b[i] = 1.0;
            block.c[i] = -0.3;
        }
        kernel::evaluate_moments(form, kernel::MomentBlock::most, block);
        for (const std::size_t i : {std::size_t{0}, std::size_t{77}, std::size_t{127}}) {
            const Ten alone = ten(form, block.a[i], block.b[i], block.c[i]);
            CHECK(alone[0] == block.moments.f[i]);
            CHECK(alone[8] == block.moments.fcca[i]);
        }
    }
}

TEST_CASE("activations whose moments are not built are refused by name") {
    const auto refused = [](const char* name) {
        return tests::message_of<base::InputError>([&] { return form_of(name); });
    };
    CHECK(refused("elu") == "--activation: activation 'elu' has kinks; expected a smooth one, or relu, leaky_relu, "
                            "abrelu or abs");
    const std::string kinked = "{\"expr\":\"max(x,0)\",\"kinks\":[0]}";
    CHECK(refused(kinked.c_str()).find("'expr' has kinks") != std::string::npos);
}
