// Fits, predictions, evidences and their gradients against independent arithmetic (tests/oracles/process.py), brute
// force and differences.
#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/process/evidence_gradient.hpp"
#include "limsym/process/grid_search.hpp"
#include "limsym/process/leave_one_out.hpp"
#include "limsym/process/prediction.hpp"
#include "limsym/process/regression.hpp"
#include "support.hpp"

using namespace limsym;
using doctest::Approx;

namespace {

arma::mat matrix_of(const nlohmann::ordered_json& rows) {
    if (!rows[0].is_array()) {
        arma::mat column(rows.size(), 1);
        for (std::size_t i = 0; i < rows.size(); ++i)
            column(i, 0) = rows[i];
        return column;
    }
    arma::mat values(rows.size(), rows[0].size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < rows[i].size(); ++j)
            values(i, j) = rows[i][j];
    return values;
}

nlohmann::ordered_json oracle() {
    return nlohmann::ordered_json::parse(tests::file_text(tests::test_data("process-regression.json")));
}

process::ScalePrior prior_of(const nlohmann::ordered_json& value) {
    return process::scale_prior_from_json(value, "test", "");
}

network::Network relu_network(double sigma_w, double sigma_b, std::size_t depth) {
    network::Shorthand shorthand;
    shorthand.depth = depth;
    shorthand.sigma_w = sigma_w;
    shorthand.sigma_b = sigma_b;
    return network::make_network(shorthand);
}

bool close(const arma::mat& got, const arma::mat& want, double tolerance) {
    REQUIRE(got.n_rows == want.n_rows);
    REQUIRE(got.n_cols == want.n_cols);
    for (std::size_t i = 0; i < got.n_elem; ++i)
        if (!(std::abs(got(i) - want(i)) <= tolerance * std::max(1.0, std::abs(want(i))))) {
            MESSAGE("element " << i << ": " << got(i) << " is not " << want(i));
            return false;
        }
    return true;
}

/// Random inputs and targets without structure.
struct Data {
    arma::mat x;
    arma::mat y;
};
Data some_data(std::size_t n, std::size_t d, std::size_t outputs) {
    Data data{arma::mat(n, d), arma::mat(n, outputs)};
    base::RandomStream stream(3, "regression test");
    for (double& v : data.x)
        v = 4.0 * stream.uniform() - 2.0;
    for (double& v : data.y)
        v = 4.0 * stream.uniform() - 2.0;
    return data;
}

process::RegressionOptions options_with(double noise, const std::string& prior) {
    process::RegressionOptions options;
    options.noise = noise;
    options.prior = process::parse_scale_prior(prior);
    return options;
}

} // namespace

TEST_CASE("fit and predict agree with 40-digit arithmetic for every prior") {
    const auto want = oracle();
    const arma::mat k = matrix_of(want["kernel"]);
    const arma::mat y = matrix_of(want["y"]);
    const arma::mat cross = matrix_of(want["cross"]);
    const arma::mat truth = matrix_of(want["ytest"]);
    const process::TestKernel test = process::test_kernel(cross, matrix_of(want["diagonal"]).col(0));
    const data::Standardisation units = data::Standardisation::none(2);
    for (const auto& model : want["models"]) {
        CAPTURE(model["prior"].dump());
        process::RegressionOptions options;
        options.noise = want["noise"].get<double>();
        options.prior = prior_of(model["prior"]);
        const process::RegressionFit fit =
            process::fit_regression(process::kernel_of(k), y, matrix_of(want["x"]), options, "data");
        CHECK(fit.d == Approx(want["d"].get<double>()).epsilon(1e-11));
        CHECK(fit.logdet == Approx(want["logdet"].get<double>()).epsilon(1e-11));
        CHECK(fit.log_evidence == Approx(model["log_evidence"].get<double>()).epsilon(1e-10));
        const process::ScaleLaw& law = fit.scale.law;
        CHECK(law.log_integral == Approx(model["log_integral"].get<double>()).epsilon(1e-10));
        CHECK(law.mean == Approx(model["mean"].get<double>()).epsilon(1e-10));
        CHECK(*law.sd == Approx(model["sd"].get<double>()).epsilon(1e-9));
        CHECK(law.mean_inverse == Approx(model["mean_inverse"].get<double>()).epsilon(1e-10));
        for (std::size_t i = 0; i < want["levels"].size(); ++i)
            CHECK(law.quantile(want["levels"][i]) == Approx(model["quantiles"][i].get<double>()).epsilon(1e-8));

        const process::Prediction p = process::predict(fit, test, {}, units, truth);
        CHECK(close(p.mean, matrix_of(want["mean"]), 1e-10));
        CHECK(close(p.logpdf, matrix_of(model["logpdf"]), 1e-9));
        CHECK(close(p.logpdf_joint, matrix_of(model["logpdf_joint"]), 1e-9));
        const arma::mat covariance = matrix_of(want["covariance"]);
        CHECK(p.sd(0, 1) == Approx(std::sqrt(law.mean * (covariance(0, 0) + 0.03))).epsilon(1e-10));
        CHECK(p.df.has_value() == (model["prior"]["name"] == "inverse_gamma"));
        const arma::mat cov = process::predictive_covariance(fit, test, matrix_of(want["prior_covariance"]),
                                                             process::PredictionKind::latent, units);
        CHECK(close(cov, law.mean * covariance, 1e-9));

        // Leave-one-out by the identities equals leaving out.
        arma::mat inverse = arma::inv(k + 0.03 * arma::eye(k.n_rows, k.n_rows));
        CHECK(process::leave_one_out(options.prior, fit.d, fit.alpha, inverse.diag()) ==
              Approx(model["loo"].get<double>()).epsilon(1e-9));
    }
}

TEST_CASE("noise that s does not scale agrees with the oracle") {
    const auto want = oracle();
    const arma::mat k = matrix_of(want["kernel"]);
    const arma::mat cross = matrix_of(want["cross"]);
    process::RegressionOptions options;
    options.noise = want["noise"].get<double>();
    options.noise_model = process::NoiseModel::fixed;
    options.prior = prior_of(want["models"][0]["prior"]);
    const process::RegressionFit fit =
        process::fit_regression(process::kernel_of(k), matrix_of(want["y"]), {}, options, "data");
    CHECK(fit.log_evidence == Approx(want["fixed"]["log_evidence"].get<double>()).epsilon(1e-10));
    CHECK(fit.scale.law.mean == Approx(want["fixed"]["scale_mean"].get<double>()).epsilon(1e-9));
    process::PredictionOptions latent;
    latent.kind = process::PredictionKind::latent;
    const data::Standardisation units = data::Standardisation::none(2);
    const process::TestKernel test = process::test_kernel(cross, matrix_of(want["diagonal"]).col(0));
    const process::Prediction p = process::predict(fit, test, latent, units, matrix_of(want["ytest"]));
    CHECK(close(p.mean, matrix_of(want["fixed"]["mean"]), 1e-10));
    CHECK(close(arma::square(p.sd), matrix_of(want["fixed"]["variance"]), 1e-9));
    const arma::mat cov = process::predictive_covariance(fit, test, matrix_of(want["prior_covariance"]),
                                                         process::PredictionKind::latent, units);
    REQUIRE(cov.n_rows == 6); // one block an output
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(cov(i, i) == Approx(want["fixed"]["variance"][i][0].get<double>()).epsilon(1e-9));
        CHECK(cov(3 + i, i) == Approx(want["fixed"]["variance"][i][1].get<double>()).epsilon(1e-9));
    }
    // A quantile is where the density, integrated, says it is: symmetric check through the normal of a narrow mixture.
    for (std::size_t i = 0; i < 3; ++i)
        CHECK((p.quantiles[0](i, 0) < p.quantiles[1](i, 0) && p.quantiles[1](i, 0) < p.quantiles[2](i, 0)));
}

TEST_CASE("both noise models agree when s is known") {
    const Data data = some_data(30, 3, 2);
    const network::Network net = relu_network(1.2, 0.3, 2);
    process::RegressionOptions options = options_with(0.05, "point:1");
    const process::RegressionFit scaled =
        process::fit_regression(process::kernel_of(net, data.x), data.y, data.x, options, "d");
    options.noise_model = process::NoiseModel::fixed;
    const process::RegressionFit fixed =
        process::fit_regression(process::kernel_of(net, data.x), data.y, data.x, options, "d");
    CHECK(fixed.log_evidence == Approx(scaled.log_evidence).epsilon(1e-11));
    CHECK(fixed.d == Approx(scaled.d).epsilon(1e-10));
    CHECK(fixed.logdet == Approx(scaled.logdet).epsilon(1e-10));
    const arma::mat test = some_data(9, 3, 2).x + 0.1;
    const arma::mat truth = some_data(9, 3, 2).y;
    const process::TestKernel kernel = process::test_kernel(net, data.x, test);
    const data::Standardisation units = data::Standardisation::none(2);
    const process::Prediction a = process::predict(scaled, kernel, {}, units, truth);
    const process::Prediction b = process::predict(fixed, kernel, {}, units, truth);
    CHECK(close(b.mean, a.mean, 1e-10));
    CHECK(close(b.sd, a.sd, 1e-9));
    CHECK(close(b.logpdf, a.logpdf, 1e-9));
    CHECK(close(b.logpdf_joint, a.logpdf_joint, 1e-9));
    CHECK(close(b.quantiles[0], a.quantiles[0], 1e-9));
}

TEST_CASE("leave-one-out with noise of fixed size equals leaving out") {
    const Data data = some_data(12, 2, 2);
    const network::Network net = relu_network(1.1, 0.2, 1);
    process::RegressionOptions options = options_with(0.1, "inverse_gamma:alpha=2,beta=3");
    options.noise_model = process::NoiseModel::fixed;
    const process::RegressionFit fit =
        process::fit_regression(process::kernel_of(net, data.x), data.y, data.x, options, "d");
    double sum = 0.0;
    for (arma::uword i = 0; i < 12; ++i) {
        arma::mat x = data.x;
        arma::mat y = data.y;
        x.shed_row(i);
        y.shed_row(i);
        const process::RegressionFit rest = process::fit_regression(process::kernel_of(net, x), y, x, options, "d");
        const arma::mat point = data.x.row(i);
        const process::Prediction p = process::predict(rest, process::test_kernel(net, x, point), {},
                                                       data::Standardisation::none(2), data.y.row(i));
        sum += p.logpdf_joint(0);
    }
    CHECK(process::leave_one_out(fit.scale.law, fit.spectral, 0.1) == Approx(sum / 12.0).epsilon(1e-8));
}

TEST_CASE("leave-one-out with ml2 plugs in the scale of the other rows") {
    const Data data = some_data(8, 2, 1);
    const network::Network net = relu_network(1.1, 0.2, 1);
    const process::RegressionOptions options = options_with(0.1, "ml2");
    double sum = 0.0;
    for (arma::uword i = 0; i < 8; ++i) {
        arma::mat x = data.x;
        arma::mat y = data.y;
        x.shed_row(i);
        y.shed_row(i);
        const process::RegressionFit rest = process::fit_regression(process::kernel_of(net, x), y, x, options, "d");
        const arma::mat point = data.x.row(i);
        sum += process::predict(rest, process::test_kernel(net, x, point), {}, data::Standardisation::none(1),
                                data.y.row(i))
                   .logpdf(0);
    }
    const auto trials =
        process::evaluate_grid(net, data.x, data.y, {}, options, {.objective = process::Objective::leave_one_out});
    CHECK(*trials.front().objective == Approx(sum / 8.0).epsilon(1e-9));
}

TEST_CASE("the gradient of the evidence is that of central differences") {
    const Data data = some_data(20, 3, 2);
    const double noise = 0.07;
    for (const char* prior : {"point:1.7", "ml2", "inverse_gamma:alpha=1.5,beta=0.7", "burr12:c=2,d=1.5"}) {
        CAPTURE(prior);
        const auto evidence = [&](double dw, double db, double dn, double da, double dbeta) {
            const network::Network net = relu_network(1.2 * std::exp(dw), 0.4 * std::exp(db), 2);
            process::RegressionOptions options = options_with(noise * std::exp(dn), prior);
            if (options.prior.kind == process::PriorKind::inverse_gamma) {
                options.prior.parameters[0] *= std::exp(da);
                options.prior.parameters[1] *= std::exp(dbeta);
            }
            return process::fit_regression(process::kernel_of(net, data.x), data.y, data.x, options, "d").log_evidence;
        };
        const network::Network net = relu_network(1.2, 0.4, 2);
        const process::RegressionFit fit =
            process::fit_regression(process::kernel_of(net, data.x), data.y, data.x, options_with(noise, prior), "d");
        const process::EvidenceGradient g = process::evidence_gradient(fit, fit.factor, &net, data.x);
        const double h = 1e-4;
        const auto difference = [&](const auto& f) {
            return (8.0 * (f(h) - f(-h)) - (f(2 * h) - f(-2 * h))) / (12.0 * h);
        };
        CHECK(std::abs(*g.log_sigma_w - difference([&](double t) { return evidence(t, 0, 0, 0, 0); })) < 1e-6);
        CHECK(std::abs(*g.log_sigma_b - difference([&](double t) { return evidence(0, t, 0, 0, 0); })) < 1e-6);
        CHECK(std::abs(g.log_noise - difference([&](double t) { return evidence(0, 0, t, 0, 0); })) < 1e-6);
        CHECK(g.log_alpha.has_value() == (fit.scale.prior.kind == process::PriorKind::inverse_gamma));
        if (g.log_alpha) {
            CHECK(std::abs(*g.log_alpha - difference([&](double t) { return evidence(0, 0, 0, t, 0); })) < 1e-6);
            CHECK(std::abs(*g.log_beta - difference([&](double t) { return evidence(0, 0, 0, 0, t); })) < 1e-6);
        }
    }
}

TEST_CASE("automatic noise maximises the evidence") {
    const Data data = some_data(25, 2, 1);
    const network::Network net = relu_network(1.0, 0.5, 2);
    for (const process::NoiseModel model : {process::NoiseModel::scaled, process::NoiseModel::fixed}) {
        process::RegressionOptions options = options_with(0.1, "inverse_gamma:alpha=2,beta=2");
        options.noise_model = model;
        options.noise.reset();
        const process::RegressionFit best =
            process::fit_regression(process::kernel_of(net, data.x), data.y, data.x, options, "d");
        CHECK(best.noise > 1e-8);
        for (const double factor : {0.1, 0.9, 0.999, 1.001, 1.1, 10.0}) {
            options.noise = best.noise * factor;
            const process::RegressionFit other =
                process::fit_regression(process::kernel_of(net, data.x), data.y, data.x, options, "d");
            CHECK(other.log_evidence <= best.log_evidence + 1e-9);
        }
    }
}

TEST_CASE("a grid gives what single fits give, in order, and ties go to the first") {
    const Data data = some_data(18, 2, 1);
    const network::Network net = relu_network(1.0, 0.5, 2);
    process::Grid grid;
    grid.sigma_w = {1.0, 1.5};
    grid.sigma_b = {0.0, 0.4};
    grid.noise = {0.01, 0.1};
    grid.scale_prior = {process::parse_scale_prior("point:1"), process::parse_scale_prior("burr12:c=2,d=1")};
    for (const process::NoiseModel model : {process::NoiseModel::scaled, process::NoiseModel::fixed}) {
        process::RegressionOptions options;
        options.noise_model = model;
        const auto trials =
            process::evaluate_grid(net, data.x, data.y, grid, options, {.objective = process::Objective::evidence});
        REQUIRE(trials.size() == 16);
        CHECK(trials[1].scale_prior.kind == process::PriorKind::burr12);
        CHECK(*trials[8].sigma_w == 1.5);
        for (const process::Trial& trial : trials) {
            const network::Network changed = process::network_of(net, trial);
            const process::RegressionFit fit = process::fit_regression(
                process::kernel_of(changed, data.x), data.y, data.x, process::options_of(options, trial), "d");
            CHECK(*trial.log_evidence == Approx(fit.log_evidence).epsilon(1e-11));
        }
    }
    std::vector<process::Trial> tied(3);
    for (std::size_t i = 0; i < 3; ++i)
        tied[i].index = i;
    tied[1].objective = 2.0;
    tied[2].objective = 2.0;
    CHECK(process::best_trial(tied).index == 1);
    tied[1].objective.reset();
    tied[2].objective.reset();
    tied[0].reason = "singular";
    CHECK(tests::message_of<base::WorkError>([&] { return process::best_trial(tied).index; }).find("singular") !=
          std::string::npos);
}

TEST_CASE("equal rows without noise are named; jitter helps") {
    arma::mat x{{1.0, 2.0}, {0.5, -1.0}, {3.0, 1.0}, {0.5, -1.0}, {1.0, 2.0}};
    const arma::mat y(5, 1, arma::fill::ones);
    const network::Network net = relu_network(1.0, 0.5, 1);
    process::RegressionOptions options = options_with(0.0, "point:1");
    const auto fit = [&] { return process::fit_regression(process::kernel_of(net, x), y, x, options, "d.csv"); };
    const std::string message = tests::message_of<base::WorkError>(fit);
    CHECK(message.find("d.csv: row 4 repeats row 2") == 0);
    CHECK(message.find("--noise") != std::string::npos);
    options.jitter.automatic = true;
    const process::RegressionFit helped = fit();
    CHECK(helped.jitter > 0.0);
    CHECK(helped.jitter < 1e-6);
    CHECK(!process::first_repeated_row(x.rows(0, 2)));
}

TEST_CASE("the number of threads changes no bit") {
    const Data data = some_data(600, 5, 2);
    const network::Network net = relu_network(1.3, 0.2, 3);
    const process::RegressionOptions options = options_with(0.05, "burr12:c=2,d=1");
    const arma::mat test = some_data(700, 5, 2).x + 0.05;
    const auto run = [&](unsigned threads) {
        const base::ThreadLimit limit(threads);
        const process::RegressionFit fit =
            process::fit_regression(process::kernel_of(net, data.x), data.y, data.x, options, "d");
        const process::Prediction p = process::predict(fit, process::test_kernel(net, data.x, test), {},
                                                       data::Standardisation::none(2), test.cols(0, 1));
        const process::EvidenceGradient g = process::evidence_gradient(fit, fit.factor, &net, data.x);
        arma::vec numbers{fit.log_evidence, fit.d, fit.logdet, *g.log_sigma_w, *g.log_sigma_b, g.log_noise};
        return arma::vec(
            arma::join_cols(numbers, arma::join_cols(arma::vectorise(p.logpdf), arma::vectorise(p.quantiles[0]))));
    };
    const arma::vec one = run(1);
    const arma::vec two = run(2);
    CHECK(std::equal(one.begin(), one.end(), two.begin()));
}

TEST_CASE("acceptance vectors: regression") {
    const auto folder = tests::shared_folder("golden/nngp-kernel");
    if (!folder) return;
    const auto want = nlohmann::ordered_json::parse(tests::file_text(*folder + "/regression.json"));
    const network::Network net = network::read_network(want["network"], "golden");
    const arma::mat x = matrix_of(want["X"]);
    const arma::mat y = matrix_of(want["y"]);
    const arma::mat test = matrix_of(want["Xs"]);
    const arma::mat truth = matrix_of(want["ys"]);
    const data::Standardisation units = data::Standardisation::none(1);
    const process::TestKernel kernel = process::test_kernel(net, x, test);
    for (const auto& model : want["models"]) {
        CAPTURE(model["prior"].dump());
        process::RegressionOptions options;
        options.noise = want["noise"].get<double>();
        if (!model["params"].is_null())
            options.prior = prior_of({{"name", model["prior"]}, {"params", model["params"]}});
        const process::RegressionFit fit = process::fit_regression(process::kernel_of(net, x), y, x, options, "d");
        CHECK(fit.d == Approx(want["d"].get<double>()).epsilon(1e-9));
        CHECK(fit.logdet == Approx(want["logdet"].get<double>()).epsilon(1e-9));
        CHECK(fit.log_evidence == Approx(model["log_evidence"].get<double>()).epsilon(1e-9));
        process::PredictionOptions latent;
        latent.kind = process::PredictionKind::latent;
        const process::Prediction o = process::predict(fit, kernel, {}, units, truth);
        const process::Prediction l = process::predict(fit, kernel, latent, units, truth);
        CHECK(close(o.mean, matrix_of(want["mean"]), 1e-9));
        CHECK(close(o.logpdf, matrix_of(model["logpdf_observed"]), 1e-9));
        CHECK(close(l.logpdf, matrix_of(model["logpdf_latent"]), 1e-9));
        if (model.contains("predictive_sd_latent")) CHECK(close(l.sd, matrix_of(model["predictive_sd_latent"]), 1e-9));
        if (model.contains("student_t")) {
            CHECK(*l.df == model["student_t"]["df"].get<double>());
            CHECK(close(l.scale, matrix_of(model["student_t"]["scale_latent"]), 1e-9));
        }
        if (model.contains("scale_posterior")) {
            CHECK(fit.scale.law.mean == Approx(model["scale_posterior"]["mean"].get<double>()).epsilon(1e-9));
            for (const auto& [p, q] : model["scale_posterior"]["quantiles"].items())
                CHECK(fit.scale.law.quantile(std::stod(p)) == Approx(q.get<double>()).epsilon(1e-4));
        }
    }
    for (const auto& gradient : want["evidence_gradient"]) {
        process::RegressionOptions options;
        options.noise = want["noise"].get<double>();
        if (!gradient["params"].is_null())
            options.prior = prior_of({{"name", gradient["prior"]}, {"params", gradient["params"]}});
        const process::RegressionFit fit = process::fit_regression(process::kernel_of(net, x), y, x, options, "d");
        const process::EvidenceGradient g = process::evidence_gradient(fit, fit.factor, &net, x);
        CHECK(std::abs(*g.log_sigma_w - gradient["gradient"][0].get<double>()) < 1e-6);
        CHECK(std::abs(*g.log_sigma_b - gradient["gradient"][1].get<double>()) < 1e-6);
        CHECK(std::abs(g.log_noise - gradient["gradient"][2].get<double>()) < 1e-6);
    }
    const auto fixed = nlohmann::ordered_json::parse(tests::file_text(*folder + "/fixed-noise.json"));
    process::RegressionOptions options;
    options.noise = fixed["noise"].get<double>();
    options.noise_model = process::NoiseModel::fixed;
    options.prior = prior_of({{"name", fixed["prior"]}, {"params", fixed["params"]}});
    const process::RegressionFit fit = process::fit_regression(process::kernel_of(net, x), y, x, options, "d");
    process::PredictionOptions latent;
    latent.kind = process::PredictionKind::latent;
    const process::Prediction p = process::predict(fit, kernel, latent, units, {});
    CHECK(fit.log_evidence == Approx(fixed["log_evidence"].get<double>()).epsilon(1e-9));
    CHECK(close(p.mean, matrix_of(fixed["mean"]), 1e-8));
    CHECK(close(arma::square(p.sd), matrix_of(fixed["var_latent"]), 1e-8));
}
