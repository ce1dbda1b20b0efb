#include "limsym/process/classification.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/data/json.hpp"
#include "limsym/numerics/distributions.hpp"
#include "support.hpp"

using namespace limsym;
using process::PredictionKind;
using process::RegressionFit;

namespace {

arma::mat rows_of(const data::Json& rows) {
    arma::mat values(rows.size(), rows[0].size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < rows[i].size(); ++j)
            values(i, j) = rows[i][j].get<double>();
    return values;
}

/// The page's formula for one class by a fine trapezoid rule.
double largest_by_definition(const arma::vec& mean, double sd, arma::uword c) {
    constexpr double step = 1e-3;
    double sum = 0.0;
    for (double u = -9.0; u <= 9.0; u += step) {
        double product = std::exp(-0.5 * u * u) / std::sqrt(2.0 * std::numbers::pi);
        for (arma::uword k = 0; k < mean.n_elem; ++k)
            if (k != c) product *= numerics::normal_cdf(u + (mean(c) - mean(k)) / sd);
        sum += step * product;
    }
    return sum;
}

/// One training point and one test point with chosen numbers: mean of the test point (1 x C) and variance.
struct Fixed {
    arma::mat cross;
    RegressionFit fit;
    process::TestKernel test;
};
Fixed fit_of(const arma::mat& k, const arma::mat& cross, const arma::vec& diagonal, const arma::mat& y,
             const std::string& prior, double noise) {
    Fixed result;
    result.cross = cross;
    process::RegressionOptions options;
    options.noise = noise;
    options.prior = process::parse_scale_prior(prior);
    result.fit = process::fit_regression(process::kernel_of(k), y, {}, options, "train.csv");
    result.test.count = cross.n_rows;
    result.test.diagonal = diagonal;
    result.test.cross = [cross](std::size_t first, arma::mat& out) {
        out = cross.rows(first, first + out.n_cols - 1).t();
    };
    return result;
}

const arma::mat gram{{1.2, 0.3, 0.1}, {0.3, 0.9, -0.2}, {0.1, -0.2, 1.5}};
const arma::mat across{{0.4, 0.3, 0.2}, {0.0, 0.5, -0.4}, {0.2, -0.1, 0.9}};
const arma::vec diagonal{1.1, 1.4, 1.3};

} // namespace

TEST_CASE("classification: acceptance vectors") {
    const auto folder = tests::shared_folder("golden/nngp-kernel");
    if (!folder) return;
    const data::Json golden = data::read_json(*folder + "/onehot.json");
    const network::Network net = network::read_network(golden["network"], "net.json");
    const arma::mat x = rows_of(golden["X"]);
    const arma::mat test = rows_of(golden["Xs"]);
    const auto labels = golden["labels"].get<std::vector<std::size_t>>();
    process::RegressionOptions options;
    options.noise = golden["noise"].get<double>();
    options.prior = process::parse_scale_prior("inverse_gamma:alpha=2,beta=2");
    const RegressionFit fit =
        process::fit_regression(process::kernel_of(net, x), process::one_hot(labels, 3), x, options, "train.csv");
    CHECK(fit.d == doctest::Approx(golden["d"].get<double>()).epsilon(1e-9));
    CHECK(fit.log_evidence == doctest::Approx(golden["log_evidence"].get<double>()).epsilon(1e-9));
    const process::ClassPrediction prediction =
        process::predict_classes(fit, process::test_kernel(net, x, test), PredictionKind::latent);
    const arma::mat mean = rows_of(golden["mean"]);
    CHECK(arma::abs(prediction.mean - mean).max() < 1e-9);
    const arma::vec density =
        process::one_hot_log_density(fit, prediction, golden["ys"].get<std::vector<std::size_t>>());
    for (std::size_t i = 0; i < 5; ++i) {
        CHECK(prediction.relative_variance(i) == doctest::Approx(golden["var_latent"][i].get<double>()).epsilon(1e-9));
        CHECK(density(i) == doctest::Approx(golden["log_density_onehot"][i].get<double>()).epsilon(1e-9));
        CHECK(prediction.label[i] == golden["argmax"][i].get<std::size_t>());
    }
}

TEST_CASE("classification: the largest of normals") {
    SUBCASE("two classes: the normal of the difference") {
        for (const double difference : {0.0, 0.3, 2.0, 9.0}) {
            const arma::vec p = process::largest_probabilities(arma::vec{difference, 0.0}, 0.7);
            const double want = numerics::normal_cdf(difference / (0.7 * std::numbers::sqrt2));
            CHECK(p(0) == doctest::Approx(want).epsilon(1e-10));
            CHECK(std::abs(p(1) - (1.0 - want)) < 1e-12);
        }
    }
    SUBCASE("equal means share equally") {
        for (const arma::uword classes : {2U, 3U, 10U, 300U}) {
            const arma::vec mean(classes, arma::fill::value(-1.5));
            const arma::vec p = process::largest_probabilities(mean, 0.2);
            CHECK(arma::abs(p - 1.0 / static_cast<double>(classes)).max() < 1e-12);
        }
    }
    SUBCASE("the defining integral, any number of classes") {
        for (const arma::uword classes : {3U, 7U, 40U})
            for (const double sd : {0.05, 1.0, 30.0}) {
                base::RandomStream stream(3, "means", classes);
                arma::vec mean(classes);
                for (double& v : mean)
                    v = 2.0 * stream.uniform();
                const arma::vec p = process::largest_probabilities(mean, sd);
                for (arma::uword c = 0; c < classes; ++c)
                    CHECK(std::abs(p(c) - largest_by_definition(mean, sd, c)) < 1e-9);
                CHECK(arma::accu(p) == doctest::Approx(1.0).epsilon(1e-14));
            }
    }
    SUBCASE("far apart: certain, without overflow") {
        const arma::vec p = process::largest_probabilities(arma::vec{1e6, -1e6, 0.0}, 1e-9);
        CHECK(p(0) == 1.0);
        CHECK(p(1) == 0.0);
    }
}

TEST_CASE("classification: two classes under an inverse-gamma law are a Student t") {
    const arma::mat y{{1.0, 0.0}, {0.0, 1.0}, {1.0, 0.0}};
    for (const double alpha : {0.5, 2.0, 400.0}) {
        char prior[80];
        std::snprintf(prior, sizeof prior, "inverse_gamma:alpha=%g,beta=%g", alpha, 1.5 * alpha);
        const Fixed fixed = fit_of(gram, across, diagonal, y, prior, 0.1);
        for (const PredictionKind kind : {PredictionKind::latent, PredictionKind::observed}) {
            const process::ClassPrediction p = process::predict_classes(fixed.fit, fixed.test, kind);
            const double a = *fixed.fit.scale.law.alpha;
            const double b = *fixed.fit.scale.law.beta;
            for (arma::uword i = 0; i < 3; ++i) {
                const double scale = std::sqrt(2.0 * p.relative_variance(i) * b / a);
                const double want = numerics::student_t_cdf((p.mean(i, 0) - p.mean(i, 1)) / scale, 2.0 * a);
                CHECK(std::abs(p.probability(i, 0) - want) < 1e-8);
                CHECK(p.probability(i, 0) + p.probability(i, 1) == doctest::Approx(1.0).epsilon(1e-12));
                const double entropy = -want * std::log(want) - (1.0 - want) * std::log(1.0 - want);
                CHECK(p.entropy(i) == doctest::Approx(entropy).epsilon(1e-6));
                CHECK(p.variance(i) == doctest::Approx(b / (a - 1.0) * p.relative_variance(i)).epsilon(1e-12));
            }
        }
    }
}

TEST_CASE("classification: probabilities under every kind of prior are sums over s") {
    const arma::mat y{{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}};
    for (const char* prior : {"point:0.7", "ml2", "burr12:c=2,d=1", "half_cauchy:scale=1", "lognormal:mu=0,tau=0.05",
                              "gamma:shape=1,rate=3"}) {
        CAPTURE(prior);
        const Fixed fixed = fit_of(gram, across, diagonal, y, prior, 0.2);
        const process::ClassPrediction p = process::predict_classes(fixed.fit, fixed.test, PredictionKind::latent);
        const process::ScaleLaw& law = fixed.fit.scale.law;
        for (arma::uword i = 0; i < 3; ++i) {
            arma::vec want(3, arma::fill::zeros);
            for (std::size_t j = 0; j < law.s.size(); ++j)
                want += std::exp(law.log_weights[j]) *
                        process::largest_probabilities(p.mean.row(i).t(), std::sqrt(law.s[j] * p.relative_variance(i)));
            CHECK(arma::abs(p.probability.row(i).t() - want).max() < 1e-8);
        }
    }
}

TEST_CASE("classification: the density of one-hot vectors integrates the shared scale") {
    const arma::mat y{{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}};
    const Fixed fixed = fit_of(gram, across, diagonal, y, "burr12:c=2,d=1", 0.2);
    const process::ClassPrediction p = process::predict_classes(fixed.fit, fixed.test, PredictionKind::observed);
    const arma::vec density = process::one_hot_log_density(fixed.fit, p, {0, 2, 1});
    const process::ScaleLaw& law = fixed.fit.scale.law;
    const std::size_t labels[] = {0, 2, 1};
    for (arma::uword i = 0; i < 3; ++i) {
        double sum = 0.0;
        for (std::size_t j = 0; j < law.s.size(); ++j) {
            const double variance = law.s[j] * p.relative_variance(i);
            double term = law.log_weights[j];
            for (arma::uword c = 0; c < 3; ++c) {
                const double residual = (c == labels[i] ? 1.0 : 0.0) - p.mean(i, c);
                term += -0.5 * std::log(2.0 * std::numbers::pi * variance) - 0.5 * residual * residual / variance;
            }
            sum += std::exp(term);
        }
        CHECK(density(i) == doctest::Approx(std::log(sum)).epsilon(1e-9));
    }
}

TEST_CASE("classification: a point without variance is certain, ties share, and has no density") {
    const arma::mat y{{1.0, 0.0}, {0.0, 1.0}, {1.0, 0.0}};
    const arma::mat cross{{1.2, 0.3, 0.1}, {0.0, 0.0, 0.0}};
    const Fixed fixed = fit_of(gram, cross, arma::vec{0.5, 0.0}, y, "inverse_gamma:alpha=2,beta=2", 0.0);
    const process::ClassPrediction p = process::predict_classes(fixed.fit, fixed.test, PredictionKind::latent);
    CHECK(p.relative_variance(0) == 0.0);
    CHECK(p.probability(0, 0) == 1.0);
    CHECK(p.entropy(0) == 0.0);
    CHECK(p.probability(1, 0) == 0.5);
    CHECK(p.label[1] == 0);
    CHECK(std::isnan(process::one_hot_log_density(fixed.fit, p, {1, 0})(0)));
}

TEST_CASE("classification: labels") {
    using Names = std::vector<std::string>;
    CHECK(process::sorted_classes({"10", "9", "-1", "9.0", "1e1"}) == Names{"-1", "9", "10"});
    CHECK(process::sorted_classes({"b", "10", "9", "b", "a"}) == Names{"10", "9", "a", "b"});
    CHECK(process::sorted_classes({"0", "-0"}) == Names{"0"});
    CHECK(process::class_of("9.00", {"-1", "9", "10"}) == std::size_t{1});
    CHECK(process::class_of("c", {"a", "b"}) == std::nullopt);
    CHECK(process::class_of("11", {"-1", "9", "10"}) == std::nullopt);
    const arma::mat targets = process::one_hot({2, 0}, 3);
    CHECK(arma::accu(targets) == 2.0);
    CHECK(targets(0, 2) == 1.0);
    CHECK(targets(1, 0) == 1.0);
}

TEST_CASE("classification: the same bits for one and two threads") {
    const arma::mat y{{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}};
    const auto run = [&](unsigned threads) {
        const base::ThreadLimit limit(threads);
        const Fixed fixed = fit_of(gram, across, diagonal, y, "burr12:c=2,d=1", 0.2);
        return process::predict_classes(fixed.fit, fixed.test, PredictionKind::latent).probability;
    };
    const arma::mat one = run(1);
    const arma::mat two = run(2);
    CHECK(arma::all(arma::vectorise(one) == arma::vectorise(two)));
}
