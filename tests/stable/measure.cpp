#include "limsym/stable/measure.hpp"

#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/stable/limit.hpp"
#include "limsym/stable/recursion.hpp"
#include "networks.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::stable;
using tests::heavy;

namespace {

HeavyNetwork two_layers(double alpha1, const std::string& phi, double alpha2, double sigma_w = 1, double sigma_b = 0) {
    return heavy(tests::dense_json(alpha1) + "," + tests::activation_json(phi) + "," +
                 tests::dense_json(alpha2, sigma_w, sigma_b));
}

arma::vec psi_of(const HeavyNetwork& network, const arma::mat& x, const arma::mat& points) {
    LimitOptions options;
    options.points = points;
    return limit_law(network, x, options).psi.value;
}

} // namespace

TEST_CASE("measure: the first layer") {
    const HeavyNetwork network = heavy(tests::dense_json(1.4, 0.9, 0.5));
    const arma::mat x{{1, 2}, {0.5, -1}, {0, 3}};
    const SpectralMeasure measure = input_measure(network, x);
    const arma::vec t{1, -2, 0.5};
    double wanted = std::pow(0.5 * std::abs(arma::sum(t)), 1.4);
    for (arma::uword j = 0; j < 2; ++j)
        wanted += std::pow(0.9 * std::abs(arma::dot(t, x.col(j))), 1.4);
    CHECK(arma::as_scalar(exponent(measure, t)) == doctest::Approx(wanted).epsilon(1e-13));
    // fan-in divides by d^(1/alpha), and leaves the bias alone
    const HeavyNetwork fan =
        heavy(tests::dense_json(1.4, 0.9, 0.5), {}, ScaleMeaning::characteristic_function, "fan_in");
    const double bias = std::pow(0.5 * std::abs(arma::sum(t)), 1.4);
    CHECK(arma::as_scalar(exponent(input_measure(fan, x), t)) ==
          doctest::Approx(bias + (wanted - bias) / 2).epsilon(1e-13));
}

TEST_CASE("measure: parallel atoms are one, zero atoms none") {
    const HeavyNetwork network = heavy(tests::dense_json(0.7, 1, 0.3));
    // features are parallel to one another, one to the bias, one is 0
    const arma::mat x{{1, -2, 4, 0}, {2, -4, 4, 0}};
    const SpectralMeasure measure = input_measure(network, x);
    CHECK(measure.atoms.n_cols == 2);
    const arma::vec t{0.3, 1.1};
    const double wanted = std::pow(std::abs(t(0) + 2 * t(1)), 0.7) * (1 + std::pow(2.0, 0.7)) +
                          std::pow(std::abs(t(0) + t(1)), 0.7) * (std::pow(4.0, 0.7) + std::pow(0.3, 0.7));
    CHECK(arma::as_scalar(exponent(measure, t)) == doctest::Approx(wanted).epsilon(1e-12));
}

TEST_CASE("limit: acceptance vectors at two inputs, by quadrature") {
    const auto folder = tests::shared_folder("golden/stable-limit");
    if (!folder) return;
    const data::Json vectors = data::read_json(*folder + "/charfn2.json");
    for (const data::Json& item : vectors.at("cases")) {
        const auto number = [&](const char* key) { return item.at(key).get<double>(); };
        const HeavyNetwork network =
            two_layers(number("alpha1"), item.at("activation").get<std::string>(), number("alpha2"));
        const arma::mat x = arma::vec{number("x1"), number("x2")};
        const arma::mat t = arma::vec{number("t1"), number("t2")};
        CHECK(method_for(network, x, MeasureMethod::automatic) == MeasureMethod::quadrature);
        CHECK(arma::as_scalar(psi_of(network, x, t)) == doctest::Approx(number("psi")).epsilon(1e-8));
    }
}

TEST_CASE("limit: one input agrees with the scale recursion") {
    for (const char* phi : {"tanh", "softplus", "elu", "hardtanh", "gelu", "sigmoid"}) {
        CAPTURE(phi);
        const HeavyNetwork network = two_layers(1.6, phi, 1.1, 1.3, 0.4);
        const arma::mat x = arma::vec{-0.7};
        const double wanted = scale_recursion(network, x.row(0)).back().sigma;
        CHECK(limit_law(network, x, {}).scale.value(0) == doctest::Approx(wanted).epsilon(1e-9));
    }
}

TEST_CASE("limit: quadrature's invariances") {
    const HeavyNetwork network = two_layers(1.5, "softplus", 1.2, 0.8, 0.3);
    const arma::mat x = arma::vec{1.0, -0.5, 0.2};
    const arma::vec t{0.4, -1.0, 2.0};
    const double psi = arma::as_scalar(psi_of(network, x, t));
    CHECK(arma::as_scalar(psi_of(network, x, -2 * t)) == doctest::Approx(std::pow(2.0, 1.2) * psi).epsilon(1e-9));
    CHECK(arma::as_scalar(psi_of(network, -x, t)) == doctest::Approx(psi).epsilon(1e-12));
    const arma::uvec order{2, 0, 1};
    CHECK(arma::as_scalar(psi_of(network, x.rows(order), t.rows(order))) == doctest::Approx(psi).epsilon(1e-10));
    // a doubled input is one input with the sum of both weights
    const arma::mat doubled = arma::vec{1.0, 1.0, -0.5, 0.2};
    CHECK(arma::as_scalar(psi_of(network, doubled, arma::vec{0.1, 0.3, -1.0, 2.0})) ==
          doctest::Approx(psi).epsilon(1e-10));
}

TEST_CASE("limit: particles agree with quadrature within their errors, for any number of threads") {
    const HeavyNetwork network = two_layers(1.5, "tanh", 1.5);
    const arma::mat x = arma::vec{1.0, 2.0};
    LimitOptions options;
    options.points = arma::mat{{1, 1, 0.3}, {0, -1, 0.7}};
    const Limit exact = limit_law(network, x, options);
    options.method = MeasureMethod::population;
    options.particles = 1000;
    options.replicates = 12;
    const base::ThreadLimit one(1);
    const Limit particles = limit_law(network, x, options);
    REQUIRE(particles.psi.se);
    for (arma::uword p = 0; p < 3; ++p) {
        CHECK((*particles.psi.se)(p) < 0.05 * exact.psi.value(p));
        CHECK(std::abs(particles.psi.value(p) - exact.psi.value(p)) < 5 * (*particles.psi.se)(p));
    }
    const base::ThreadLimit three(3);
    const Limit again = limit_law(network, x, options);
    CHECK(arma::approx_equal(again.codifference.value, particles.codifference.value, "absdiff", 0.0));
}

TEST_CASE("limit: three layers of particles agree with the recursion") {
    const HeavyNetwork network =
        heavy(tests::dense_json(1.5) + "," + tests::activation_json("tanh") + "," + tests::dense_json(0.8, 1.2, 0.2) +
              "," + tests::activation_json("sigmoid") + "," + tests::dense_json(1.8, 1, 0.1));
    const arma::mat x{{0.5, -1.0}, {2.0, 1.0}};
    LimitOptions options;
    options.particles = 800;
    const Limit limit = limit_law(network, x, options);
    for (arma::uword i = 0; i < 2; ++i) {
        const double wanted = scale_recursion(network, x.row(i)).back().sigma;
        CHECK(std::abs(limit.scale.value(i) - wanted) < 5 * (*limit.scale.se)(i));
        CHECK((*limit.scale.se)(i) < 0.03 * wanted);
    }
}

TEST_CASE("limit: where a method does not apply") {
    const arma::mat x{{1, 2}};
    CHECK_THROWS_AS(static_cast<void>(
                        method_for(two_layers(1.5, "tanh", 1.5), arma::mat{{1, 2}, {3, 4}}, MeasureMethod::quadrature)),
                    base::InputError);
    CHECK_THROWS_AS(static_cast<void>(limit_law(two_layers(1.5, "relu", 1.5), x, {})), base::WorkError);
    CHECK(limit_law(heavy(tests::dense_json(1.3)), x, {}).method == MeasureMethod::exact);
}

TEST_CASE("draws: characteristic function, and draws that do not depend on their number") {
    for (const double alpha : {0.8, 1.5, 2.0}) {
        const HeavyNetwork network = heavy(tests::dense_json(alpha, 1, 0.4));
        const SpectralMeasure measure = input_measure(network, arma::mat{{1, 0.5, -2}, {0.3, 1, 1}});
        constexpr std::size_t count = 40'000;
        const arma::mat y = draw(measure, {5, "test", 0}, count);
        for (const arma::vec& t : {arma::vec{0.3, 0.2}, arma::vec{-0.1, 0.4}}) {
            const double wanted = std::exp(-arma::as_scalar(exponent(measure, t)));
            CHECK(std::abs(arma::mean(arma::cos(y.t() * t)) - wanted) < 5 / std::sqrt(count));
        }
        const arma::mat fewer = draw(measure, {5, "test", 0}, 21);
        CHECK(arma::approx_equal(fewer, y.head_cols(21), "absdiff", 0.0));
        const arma::mat later = draw(measure, {5, "test", 2}, 16);
        CHECK(arma::approx_equal(later, y.cols(32, 47), "absdiff", 0.0));
    }
}
