#include "limsym/kernel/dual.hpp"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/data/json.hpp"
#include "limsym/kernel/closed_pairs.hpp"
#include "networks.hpp"
#include "support.hpp"

using namespace limsym;
using kernel::dual_activation;
using kernel::DualMethod;
using network::ActivationKind;

namespace {

std::vector<network::Activation> every_closed_form() {
    return {
        tests::activation_of(ActivationKind::relu),
        tests::activation_of(ActivationKind::leaky_relu, {0.1}),
        tests::activation_of(ActivationKind::abrelu, {-0.3, 1.2}),
        tests::activation_of(ActivationKind::abs),
        tests::activation_of(ActivationKind::sign),
        tests::activation_of(ActivationKind::erf, {1.7, 0.6, 0.2}),
        tests::activation_of(ActivationKind::sigmoid_like),
        tests::activation_of(ActivationKind::gelu),
        tests::activation_of(ActivationKind::gabor),
        tests::activation_of(ActivationKind::sin, {1.3, 0.7, 0.4}),
        tests::activation_of(ActivationKind::cos, {1.0, 1.0, 0.0}),
        tests::activation_of(ActivationKind::rbf, {0.5}),
        tests::activation_of(ActivationKind::gaussian, {1.2, -0.8}),
        tests::activation_of(ActivationKind::exp, {0.7, 0.6}),
        tests::activation_of(ActivationKind::monomial, {3}),
        tests::activation_of(ActivationKind::polynomial, {0.3, -1.0, 0.5, 0.1}),
        tests::activation_of(ActivationKind::hermite, {4}),
        tests::activation_of(ActivationKind::rectified_monomial, {0}),
        tests::activation_of(ActivationKind::rectified_monomial, {1}),
        tests::activation_of(ActivationKind::rectified_monomial, {2}),
        tests::activation_of(ActivationKind::rectified_monomial, {3}),
        tests::activation_of(ActivationKind::identity),
    };
}

kernel::DualOptions by(DualMethod method) {
    kernel::DualOptions options;
    options.method = method;
    return options;
}

bool close(double got, double want, double tolerance) {
    return std::abs(got - want) <= tolerance * std::max(1.0, std::abs(want));
}

} // namespace

TEST_CASE("closed forms equal polar quadrature") {
    for (const auto& activation : every_closed_form()) {
        CAPTURE(static_cast<int>(activation.kind));
        for (const auto& [q1, q2, c] :
             {std::tuple{1.0, 1.0, 0.3}, {0.5, 2.0, -0.7}, {1.3, 0.2, 0.5}, {0.7, 0.7, 0.7}}) {
            const auto closed = dual_activation(activation, q1, q2, c);
            const auto polar = dual_activation(activation, q1, q2, c, by(DualMethod::polar));
            CHECK(closed.method == DualMethod::closed);
            CHECK(closed.error_bound == 0.0);
            CHECK(close(closed.value, polar.value, 1e-11));
            CHECK(close(closed.derivative, polar.derivative, 1e-11));
        }
    }
}

TEST_CASE("blocks of pairs equal closed forms pair by pair, whatever their place") {
    base::RandomStream stream(11, "test data");
    kernel::PairBlock block{};
    for (std::size_t i = 0; i < kernel::PairBlock::most; ++i) {
        block.q1[i] = i % 7 == 0 ? 0.0 : std::exp(6.0 * stream.uniform() - 4.0);
        block.q2[i] = i % 11 == 0 ? block.q1[i] : std::exp(6.0 * stream.uniform() - 4.0);
        const double bound = std::sqrt(block.q1[i]) * std::sqrt(block.q2[i]);
        block.c[i] = i % 5 == 0 ? (i % 2 == 0 ? bound : -bound) : bound * (2.0 * stream.uniform() - 1.0);
    }
    for (const network::Activation& activation : every_closed_form()) {
        const auto form = kernel::closed_form(activation);
        if (!form) continue;
        CAPTURE(static_cast<int>(activation.kind));
        kernel::PairBlock all = block;
        kernel::evaluate_block(*form, kernel::PairBlock::most, all);
        for (std::size_t i = 0; i < kernel::PairBlock::most; ++i) {
            const double bound = std::sqrt(block.q1[i]) * std::sqrt(block.q2[i]);
            const auto want = kernel::evaluate(*form, block.q1[i], block.q2[i], std::clamp(block.c[i], -bound, bound));
            CHECK(std::abs(all.value[i] - want.value) <= 2e-14 * std::max(0.1, std::abs(want.value)));
            CHECK(std::abs(all.derivative[i] - want.derivative) <= 2e-14 * std::max(0.1, std::abs(want.derivative)));
            kernel::PairBlock alone{};
            alone.q1[0] = block.q2[i];
            alone.q2[0] = block.q1[i];
            alone.c[0] = block.c[i];
            kernel::evaluate_block(*form, 1, alone);
            CHECK(alone.value[0] == all.value[i]);
            CHECK(alone.derivative[0] == all.derivative[i]);
        }
    }
}

TEST_CASE("series and quadrature agree, and the bound holds") {
    for (const ActivationKind kind :
         {ActivationKind::tanh, ActivationKind::sigmoid, ActivationKind::softplus, ActivationKind::swish}) {
        const auto activation = tests::activation_of(kind);
        for (const auto& [q1, q2, c] : {std::tuple{1.7, 0.6, 0.8}, {0.5, 2.0, -0.99}, {1.2, 1.2, 1.2}}) {
            const auto series = dual_activation(activation, q1, q2, c, by(DualMethod::hermite));
            const auto polar = dual_activation(activation, q1, q2, c, by(DualMethod::polar));
            CHECK(std::abs(series.value - polar.value) <= series.error_bound + polar.error_bound);
            CHECK(series.error_bound < 2e-12);
            CHECK(close(series.derivative, polar.derivative, 1e-10));
        }
    }
}

TEST_CASE("a kink away from zero is integrated up to it") {
    auto activation = tests::activation_of(ActivationKind::expression);
    activation.expression = "relu(x - 0.5)";
    activation.kinks = {0.5};
    const auto polar = dual_activation(activation, 1.0, 1.0, 1.0);
    // E relu(z - k)^2 = (1 + k^2) Q(k) - k phi(k)
    const double k = 0.5;
    const double upper = 0.5 * std::erfc(k / std::sqrt(2.0));
    const double density = std::exp(-0.5 * k * k) / std::sqrt(2 * std::acos(-1.0));
    CHECK(polar.value == doctest::Approx((1 + k * k) * upper - k * density).epsilon(1e-11));
    CHECK(polar.derivative == doctest::Approx(upper).epsilon(1e-11));
    const auto other = dual_activation(activation, 1.0, 2.0, 0.4);
    const auto sampled = dual_activation(activation, 1.0, 2.0, 0.4, by(DualMethod::monte_carlo));
    CHECK(std::abs(other.value - sampled.value) < 2.5 * sampled.error_bound);
    CHECK(sampled.method == DualMethod::monte_carlo);
}

TEST_CASE("large variances neither overflow nor cancel") {
    // Beyond a variance of 1e30, gelu is relu and erf is sign to double precision.
    const auto dual = [](ActivationKind kind, double q, double rho, std::vector<double> parameters = {}) {
        return dual_activation(tests::activation_of(kind, std::move(parameters)), q, q, rho * q);
    };
    const double pi = std::acos(-1.0);
    for (const double q : {1e40, 1e150, 1e200, 1e300}) {
        CAPTURE(q);
        for (const double rho : {-1.0, -0.3, 0.0, 0.6, 1.0}) {
            CAPTURE(rho);
            const double angle = std::acos(rho);
            const auto gelu = dual(ActivationKind::gelu, q, rho);
            CHECK(std::abs(gelu.value / q - (std::sin(angle) + (pi - angle) * rho) / (2 * pi)) <= 1e-12);
            CHECK(std::abs(gelu.derivative - (pi - angle) / (2 * pi)) <= 1e-12);
            CHECK(std::abs(dual(ActivationKind::erf, q, rho, {1.0, 1.0, 0.0}).value - (1 - 2 * angle / pi)) <= 1e-12);
        }
        CHECK(std::abs(dual(ActivationKind::gabor, q, 0.5).value) < 1e-30);
        CHECK(dual(ActivationKind::gaussian, q, 0.5, {1.0, -1.0}).value >= 0.0);
    }
}

TEST_CASE("zero variances, opposite inputs, bad input") {
    const auto relu = tests::activation_of(ActivationKind::relu);
    const auto zero = dual_activation(relu, 0.0, 1.0, 0.0);
    CHECK(zero.value == 0.0);
    CHECK(zero.derivative == doctest::Approx(0.25));
    CHECK(dual_activation(relu, 1.5, 1.5, -1.5).derivative == 0.0);
    CHECK(dual_activation(relu, 0.3, 0.3, 0.3).derivative == 0.5);
    CHECK(dual_activation(tests::activation_of(ActivationKind::tanh), 0.0, 1.0, 0.0).value == 0.0);
    CHECK(tests::message_of<base::InputError>([&] { return dual_activation(relu, 1.0, 1.0, 1.1); }) ==
          "c: 1.1 is out of range; expected |c| <= sqrt(q1 q2) = 1");
    CHECK(tests::message_of<base::InputError>([&] { return dual_activation(relu, -1.0, 1.0, 0.0); }).starts_with("q1"));
    CHECK_THROWS_AS(
        static_cast<void>(dual_activation(tests::activation_of(ActivationKind::exp, {1.0, 1.0}), 800.0, 800.0, 800.0)),
        base::WorkError);
    CHECK_THROWS_AS(static_cast<void>(dual_activation(tests::activation_of(ActivationKind::tanh), 1.0, 1.0, 0.5,
                                                      by(DualMethod::closed))),
                    base::InputError);
}

TEST_CASE("acceptance vectors: activations") {
    const auto folder = tests::shared_folder("golden/nngp-kernel");
    if (!folder) return;
    const data::Json document = data::read_json(*folder + "/activations.json");
    const data::Json& cases = document.is_array() ? document : document.at("cases");
    CHECK(cases.size() > 100);
    for (const data::Json& item : cases) {
        CAPTURE(item.dump());
        const auto activation = network::read_activation(item.at("activation"), "activations.json", "");
        const auto got = dual_activation(activation, item.at("q1").get<double>(), item.at("q2").get<double>(),
                                         item.at("c").get<double>());
        const double tolerance = got.method == DualMethod::closed ? 1e-12 : 1e-10;
        CHECK(close(got.value, item.at("value").get<double>(), tolerance));
        CHECK(close(got.derivative, item.at("derivative").get<double>(), tolerance));
    }
}
