#include "limsym/stable/estimation.hpp"

#include <cmath>
#include <numbers>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/random.hpp"
#include "limsym/data/json.hpp"
#include "limsym/data/table.hpp"
#include "limsym/numerics/quadrature.hpp"
#include "limsym/stable/agreement.hpp"
#include "limsym/stable/bootstrap.hpp"
#include "limsym/stable/law_evaluator.hpp"
#include "limsym/stable/pair_sum.hpp"
#include "limsym/stable/sampler.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::stable;

namespace {

arma::vec sample(const Law& law, std::size_t n, std::uint64_t seed) {
    arma::vec values(n);
    fill_variates(VariateKind::symmetric, law.alpha, {seed, base::purpose_hash("test"), 0}, 0, values.memptr(), n);
    return law.loc + law.sigma * values;
}

} // namespace

TEST_CASE("estimation: golden sample") {
    const auto folder = tests::shared_folder("golden/stable-limit");
    if (!folder) return;
    const arma::vec values = data::read_table({*folder + "/sample.csv", {}, ""}).values.col(0);
    const data::Json golden = data::read_json(*folder + "/sample_stats.json");

    const Fit quantiles_fit = fit_by_quantiles(values);
    CHECK(quantiles_fit.nu_alpha == doctest::Approx(golden["mcculloch"]["nu_alpha"].get<double>()).epsilon(1e-12));
    for (std::size_t i = 0; i < 5; ++i)
        CHECK(quantiles_fit.quantiles[i] == doctest::Approx(golden["mcculloch"]["q"][i].get<double>()).epsilon(1e-12));

    const data::Json& regression = golden["ecf_regression"]["loc_fixed_0"];
    const Fit regression_fit = fit_by_characteristic_function(values, 0.0);
    CHECK(regression_fit.law.alpha == doctest::Approx(regression["alpha"].get<double>()).epsilon(1e-9));
    CHECK(regression_fit.law.sigma == doctest::Approx(regression["sigma"].get<double>()).epsilon(1e-9));

    const Fit likelihood_fit = fit_by_likelihood(values);
    CHECK(*likelihood_fit.log_likelihood >= golden["mle"]["loglik"].get<double>() - 1e-6);
    CHECK(likelihood_fit.law.alpha == doctest::Approx(golden["mle"]["alpha"].get<double>()).epsilon(1e-5));
    CHECK(likelihood_fit.law.sigma == doctest::Approx(golden["mle"]["sigma"].get<double>()).epsilon(1e-5));

    const Law law{1.4, 0.7, 0.0};
    CHECK(kolmogorov_smirnov(law, values) == doctest::Approx(golden["ks"]["statistic"].get<double>()).epsilon(1e-11));
    CHECK(characteristic_distance(law, values) ==
          doctest::Approx(golden["ecf_distance"]["value"].get<double>()).epsilon(1e-6));
}

TEST_CASE("estimation: parameters come back, and move with the data") {
    for (const double alpha : {0.5, 1.0, 1.7}) {
        const arma::vec values = sample({alpha, 3.0, -2.0}, 20000, 5);
        for (const FitMethod method :
             {FitMethod::quantiles, FitMethod::characteristic_function, FitMethod::likelihood}) {
            const Law law = fit(values, method).law;
            CHECK(law.alpha == doctest::Approx(alpha).epsilon(0.06));
            CHECK(law.sigma == doctest::Approx(3.0).epsilon(0.08));
            CHECK(std::abs(law.loc + 2.0) < 0.15);
            const Law moved = fit(10.0 - 0.1 * values, method).law;
            // phi_n of values near 1e9 depends on the last digits of the scale.
            const double tolerance = alpha < 1.0 && method == FitMethod::characteristic_function ? 0.02 : 1e-5;
            CHECK(moved.alpha == doctest::Approx(law.alpha).epsilon(tolerance));
            CHECK(moved.sigma == doctest::Approx(0.1 * law.sigma).epsilon(tolerance));
            CHECK(moved.loc == doctest::Approx(10.0 - 0.1 * law.loc).epsilon(1e-5));
        }
    }
}

TEST_CASE("estimation: the maximum is one, and its errors are those of repetition") {
    const Law law{1.3, 2.0, 1.0};
    const Fit best = fit_by_likelihood(sample(law, 4000, 9));
    const arma::vec values = sample(law, 4000, 9);
    for (const double change : {-0.01, 0.01}) {
        CHECK(log_likelihood({best.law.alpha + change, best.law.sigma, best.law.loc}, values) < *best.log_likelihood);
        CHECK(log_likelihood({best.law.alpha, best.law.sigma + change, best.law.loc}, values) < *best.log_likelihood);
        CHECK(log_likelihood({best.law.alpha, best.law.sigma, best.law.loc + change}, values) < *best.log_likelihood);
    }
    arma::mat found(40, 3);
    for (arma::uword i = 0; i < found.n_rows; ++i) {
        const Law one = fit_by_likelihood(sample(law, 1000, 100 + i)).law;
        found.row(i) = arma::rowvec{one.alpha, one.sigma, one.loc};
    }
    const arma::rowvec spread = arma::stddev(found) / 2.0; // of 4000 values
    CHECK(best.standard_errors->alpha == doctest::Approx(spread(0)).epsilon(0.4));
    CHECK(best.standard_errors->sigma == doctest::Approx(spread(1)).epsilon(0.4));
    CHECK(best.standard_errors->loc == doctest::Approx(spread(2)).epsilon(0.4));
}

TEST_CASE("estimation: normal data stand at the boundary") {
    // Evenly spread normal quantiles have lighter tails than any other stable law.
    arma::vec p(500);
    for (arma::uword i = 0; i < p.n_elem; ++i)
        p(i) = (static_cast<double>(i) + 0.5) / 500.0;
    const arma::vec values = quantiles({2.0, 1.5, 0.0}, p);
    const Fit best = fit_by_likelihood(values);
    CHECK(best.boundary);
    CHECK(best.law.alpha == 2.0);
    CHECK(best.law.sigma == doctest::Approx(std::sqrt(arma::mean(arma::square(values)) / 2.0)).epsilon(1e-12));
    CHECK(fit_by_characteristic_function(values).law.alpha == doctest::Approx(2.0).epsilon(0.01));
    CHECK(tests::message_of<base::WorkError>([] { return fit_by_quantiles(arma::vec(30, arma::fill::ones)); }) ==
          "all values equal; scale is zero");
}

TEST_CASE("agreement: the characteristic distance against quadrature") {
    const arma::vec values = {-2.5, -0.3, 0.1, 0.9, 4.0};
    for (const double alpha : {0.6, 1.0, 1.6}) {
        const Law law{alpha, 1.7, 0.2};
        const numerics::QuadratureRule rule = numerics::gauss_legendre(4000, 0.0, 1.0);
        double integral = 0.0;
        for (std::size_t i = 0; i < rule.nodes.size(); ++i) {
            // t = v^4/(1 - v), so that the power at 0 is smooth.
            const double v = rule.nodes[i];
            const double t = std::pow(v, 4) / (1.0 - v);
            const double slope = (4.0 * std::pow(v, 3) * (1.0 - v) + std::pow(v, 4)) / ((1.0 - v) * (1.0 - v));
            std::complex<double> phi = 0.0;
            for (const double value : values)
                phi += std::exp(std::complex<double>(0.0, t * (value - law.loc) / law.sigma)) / 5.0;
            integral += 2.0 * rule.weights[i] * slope * std::norm(phi - std::exp(-std::pow(t, alpha))) * std::exp(-t);
        }
        CHECK(characteristic_distance(law, values) == doctest::Approx(5.0 * integral).epsilon(1e-7));
    }
}

TEST_CASE("agreement: the sum over pairs by cells") {
    for (const double alpha : {0.3, 1.0, 2.0}) {
        arma::vec values = sample({alpha, 1.0, 0.0}, 9000, 2);
        values.head(50).fill(0.25);
        CHECK(cauchy_pair_sum(values) == doctest::Approx(cauchy_pair_sum_exact(values)).epsilon(1e-12));
    }
    CHECK(cauchy_pair_sum({0.0, 1.0, 3.0}) == doctest::Approx(1.0 / 2 + 1.0 / 10 + 1.0 / 5).epsilon(1e-15));
    CHECK(cauchy_pair_sum(arma::vec(5000, arma::fill::ones)) == doctest::Approx(5000.0 * 4999.0 / 2.0).epsilon(1e-12));
}

TEST_CASE("agreement: statistics of uniform probabilities") {
    // The cdf at the middle of each step: D = 1/(2n).
    arma::vec p(50);
    for (arma::uword i = 0; i < p.n_elem; ++i)
        p(i) = (static_cast<double>(i) + 0.5) / 50.0;
    const Law law{1.2, 2.0, 3.0};
    const arma::vec values = quantiles(law, p);
    CHECK(kolmogorov_smirnov(law, values) == doctest::Approx(0.01).epsilon(1e-9));
    double sum = 0.0;
    for (arma::uword i = 0; i < 50; ++i)
        sum += (2.0 * static_cast<double>(i) + 1.0) * (std::log(p(i)) + std::log(1.0 - p(49 - i)));
    CHECK(anderson_darling(law, values) == doctest::Approx(-50.0 - sum / 50.0).epsilon(1e-9));
}

TEST_CASE("agreement: p-values by bootstrap agree with exact ones") {
    TestRequest request;
    request.law = {1.5, 1.0, 0.0};
    request.statistics = {Statistic::ks, Statistic::ad, Statistic::ecf};
    const arma::vec values = sample({1.5, 1.25, 0.0}, 200, 3);
    const std::vector<TestResult> exact = test(request, values);
    request.bootstrap = 400;
    const std::vector<TestResult> drawn = test(request, values);
    for (std::size_t s = 0; s < 2; ++s)
        CHECK(std::abs(*exact[s].p_value - *drawn[s].p_value) < 0.1);
    CHECK(exact[0].p_method == "exact");
    CHECK(!exact[2].p_value);
    CHECK(*drawn[2].p_value > 0.0);
}

TEST_CASE("sampler: draws follow the law") {
    for (const double alpha : {0.3, 0.7, 1.0, 1.2, 1.8, 2.0}) {
        TestRequest request;
        request.law = {alpha, 1.0, 0.0};
        request.statistics = {Statistic::ks, Statistic::ad};
        for (const TestResult& result : test(request, sample(request.law, 50000, 1)))
            CHECK(*result.p_value > 1e-3);
    }
    // E exp(-s A) = exp(-s^gamma) within 5 standard errors.
    arma::vec positive(100000);
    fill_variates(VariateKind::positive, 0.6, {1, 2, 3}, 0, positive.memptr(), positive.n_elem);
    const arma::vec transformed = arma::exp(-1.5 * positive);
    CHECK(std::abs(arma::mean(transformed) - std::exp(-std::pow(1.5, 0.6))) <
          5.0 * arma::stddev(transformed) / std::sqrt(1e5));
}

TEST_CASE("estimation: the estimates of a rescaled sample are rescaled") {
    for (const double alpha : {0.1, 0.3, 0.9, 1.6}) {
        CAPTURE(alpha);
        const arma::vec values = sample({alpha, 1.0, 0.0}, 2000, 5);
        for (const double unit : {3.7, 1e12}) {
            const Fit ecf = fit_by_characteristic_function(values);
            const Fit scaled = fit_by_characteristic_function(unit * values);
            CHECK(scaled.law.alpha == doctest::Approx(ecf.law.alpha).epsilon(1e-8));
            CHECK(scaled.law.sigma == doctest::Approx(unit * ecf.law.sigma).epsilon(1e-8));
        }
    }
    // Squares of this sample leave double.
    const arma::vec values = sample({1.4, 1.0, 0.2}, 300, 6);
    const Fit fit = fit_by_likelihood(values);
    const Fit scaled = fit_by_likelihood(1e300 * values);
    CHECK(scaled.law.alpha == doctest::Approx(fit.law.alpha).epsilon(1e-6));
    CHECK(scaled.law.sigma == doctest::Approx(1e300 * fit.law.sigma).epsilon(1e-6));
    CHECK(*scaled.log_likelihood == doctest::Approx(*fit.log_likelihood - 300 * std::log(1e300)).epsilon(1e-12));
    CHECK(scaled.standard_errors->loc == doctest::Approx(1e300 * fit.standard_errors->loc).epsilon(1e-4));
}

TEST_CASE("estimation: statistics of values beyond double") {
    const arma::vec values = {1e308, -1e308, 0.0, 1e308, 1.0};
    const double near = characteristic_distance({1.5, 1.0, 0.0}, values);
    CHECK(characteristic_distance({1.5, 1e-3, 0.0}, 1e-3 * arma::vec{1e200, -1e200, 0.0, 1e200, 1.0}) ==
          doctest::Approx(near).epsilon(1e-12));
    CHECK(std::isfinite(characteristic_distance({1.5, 1e-300, -1e308}, values)));
    CHECK(std::isfinite(anderson_darling({1.5, 1e-300, 1e308}, values)));
}
