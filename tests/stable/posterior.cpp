#include "limsym/stable/posterior.hpp"

#include <cmath>
#include <numbers>

#include "limsym/base/error.hpp"
#include "limsym/numerics/distributions.hpp"
#include "limsym/stable/measure.hpp"
#include "networks.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::stable;
using tests::heavy;

namespace {

const arma::mat x_train{{-1, 0.5}, {0, 1}, {1, 2}};
const arma::vec y_train{0.3, -0.2, 1.1};
const arma::mat x_test{{0.5, 0}, {2, 2}, {0, 1}};

} // namespace

TEST_CASE("posterior: one layer with alpha 2 is Gaussian regression") {
    const HeavyNetwork network = heavy(tests::dense_json(2, 0.9, 0.5));
    for (const double noise : {0.3, 1e-5}) { // by the covariance, and by least squares
        PosteriorOptions options;
        options.noise = noise;
        const Posterior got = posterior(network, x_train, y_train, x_test, options);
        CHECK(got.exact);
        CHECK_FALSE(got.ess);
        const auto kernel = [](const arma::mat& a, const arma::mat& b) {
            return arma::mat(2 * (0.81 * a * b.t() + 0.25));
        };
        arma::mat covariance = kernel(x_train, x_train);
        covariance.diag() += noise * noise;
        const arma::mat across = kernel(x_train, x_test);
        const arma::mat solved = arma::solve(covariance, across);
        const arma::vec mean = solved.t() * y_train;
        const arma::vec variance = arma::diagvec(kernel(x_test, x_test) - across.t() * solved);
        const double log_evidence = -0.5 * arma::dot(y_train, arma::solve(covariance, y_train)) -
                                    0.5 * std::log(arma::det(covariance)) - 1.5 * std::log(2 * std::numbers::pi);
        const double tolerance = noise > 0.1 ? 1e-11 : 1e-5; // what the normal equations leave of the check
        CHECK(got.log_evidence == doctest::Approx(log_evidence).epsilon(tolerance));
        for (arma::uword i = 0; i < 3; ++i) {
            CHECK(got.mean(i) == doctest::Approx(mean(i)).epsilon(tolerance));
            CHECK(std::abs(got.sd(i) * got.sd(i) - variance(i)) < tolerance);
            CHECK(got.quantiles(i, 1) == doctest::Approx(got.mean(i)).epsilon(1e-9));
            CHECK(got.quantiles(i, 2) - got.mean(i) ==
                  doctest::Approx(got.sd(i) * numerics::normal_quantile(0.95)).epsilon(1e-7));
        }
    }
}

TEST_CASE("posterior: a Cauchy weight against quadrature") {
    // f(x) = w x, w of S_1(1): everything is a one-dimensional integral
    const HeavyNetwork network = heavy(tests::dense_json(1));
    const arma::mat x = arma::vec{0.5, 1, -1};
    const arma::vec y{0.7, 1.0, -1.6};
    PosteriorOptions options;
    options.noise = 0.5;
    options.count = 20'000;
    const Posterior got = posterior(network, x, y, arma::vec{1.0, 2.0}, options);
    double mass = 0.0;
    double first = 0.0;
    double second = 0.0;
    const double step = 1e-3;
    for (double w = -20; w < 20; w += step) {
        double log_density = -std::log(std::numbers::pi * (1 + w * w));
        for (arma::uword i = 0; i < 3; ++i)
            log_density += numerics::normal_log_density((y(i) - w * x(i)) / 0.5) - std::log(0.5);
        const double p = step * std::exp(log_density);
        mass += p;
        first += p * w;
        second += p * w * w;
    }
    const double mean = first / mass;
    const double sd = std::sqrt(second / mass - mean * mean);
    CHECK(*got.ess > 500);
    CHECK(*got.ess < 20'000);
    CHECK(std::abs(got.log_evidence - std::log(mass)) < 0.05);
    CHECK(std::abs(got.mean(0) - mean) < 0.05);
    CHECK(got.mean(1) == doctest::Approx(2 * got.mean(0)).epsilon(1e-9));
    CHECK(got.sd(0) == doctest::Approx(sd).epsilon(0.1));
}

TEST_CASE("posterior: rows have no order") {
    const HeavyNetwork network = heavy(tests::dense_json(1.5, 1, 0.2));
    PosteriorOptions options;
    options.noise = 0.2;
    options.count = 500;
    const Posterior one = posterior(network, x_train, y_train, x_test, options);
    const arma::uvec order{2, 0, 1};
    const Posterior other = posterior(network, x_train.rows(order), y_train.rows(order), x_test, options);
    CHECK(one.log_evidence == doctest::Approx(other.log_evidence).epsilon(1e-9));
    CHECK(one.mean(0) == doctest::Approx(other.mean(0)).epsilon(1e-8));
    CHECK(*one.ess == doctest::Approx(*other.ess).epsilon(1e-8));
}

TEST_CASE("posterior: deeper networks say what was integrated, and tend to the data as the noise falls") {
    const std::string two =
        tests::dense_json(2, 1, 0.5) + "," + tests::activation_json("tanh") + "," + tests::dense_json(1.5);
    const std::string three = two + "," + tests::activation_json("tanh") + "," + tests::dense_json(2);
    PosteriorOptions options;
    options.noise = 0.05;
    options.count = 600;
    options.particles = 200;
    const Posterior shallow = posterior(heavy(two), x_train, y_train, x_train, options);
    CHECK(shallow.integrated.size() == 2);
    for (arma::uword i = 0; i < 3; ++i)
        CHECK(std::abs(shallow.mean(i) - y_train(i)) < 0.1);
    const Posterior deep = posterior(heavy(three), x_train, y_train, x_train, options);
    CHECK(deep.integrated == std::vector<std::string>{"weights of the last layer"});
    CHECK(*deep.ess == doctest::Approx(600)); // at alpha 2 all draws are the same
    for (arma::uword i = 0; i < 3; ++i)
        CHECK(std::abs(deep.mean(i) - y_train(i)) < 0.1);
}
