// Search of hyperparameters: on grids, by held-out data, and by the gradient of the evidence.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/process/evidence_ascent.hpp"
#include "limsym/process/evidence_gradient.hpp"
#include "limsym/process/grid_search.hpp"
#include "limsym/process/prediction.hpp"
#include "limsym/process/score.hpp"
#include "support.hpp"

using namespace limsym;
using doctest::Approx;

namespace {

network::Network relu_network(double sigma_w, double sigma_b, std::size_t depth) {
    network::Shorthand shorthand;
    shorthand.depth = depth;
    shorthand.sigma_w = sigma_w;
    shorthand.sigma_b = sigma_b;
    return network::make_network(shorthand);
}

/// A smooth function with a little noise, so that the evidence has an inner maximum.
struct Data {
    arma::mat x;
    arma::mat y;
};
Data some_data(std::size_t n, std::size_t outputs, std::uint64_t seed) {
    Data data{arma::mat(n, 2), arma::mat(n, outputs)};
    base::RandomStream stream(seed, "tuning test");
    for (double& v : data.x)
        v = 4.0 * stream.uniform() - 2.0;
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t c = 0; c < outputs; ++c)
            data.y(i, c) = std::sin(1.5 * data.x(i, 0) + static_cast<double>(c)) + 0.5 * data.x(i, 1) +
                           0.4 * (stream.uniform() - 0.5);
    return data;
}

process::Grid some_grid() {
    process::Grid grid;
    grid.sigma_w = {1.0, 1.5};
    grid.sigma_b = {0.0, 0.4};
    grid.noise = {0.01, 0.1};
    grid.scale_prior = {process::parse_scale_prior("ml2"), process::parse_scale_prior("inverse_gamma:alpha=2,beta=1")};
    return grid;
}

std::string grid_error(const std::string& text) {
    const tests::TemporaryFolder folder;
    const std::string file = folder.file("g.json", text);
    return tests::message_of<base::InputError>([&] { return process::read_grid(file).size(); });
}

std::string space_error(const std::string& text) {
    return tests::message_of<base::InputError>([&] { return process::to_text(process::parse_search_space(text)); });
}

} // namespace

TEST_CASE("held-out density of a trial is the mean logpdf of what fit and predict say, for both noise models") {
    const Data data = some_data(20, 2, 1);
    const Data held_out = some_data(7, 2, 2);
    const network::Network net = relu_network(1.2, 0.3, 2);
    data::Standardisation units = data::Standardisation::none(2);
    units.mean = {0.5, -0.25};
    units.scale = {2.0, 0.75};
    const process::Validation validation{held_out.x, held_out.y, units};
    for (const process::NoiseModel model : {process::NoiseModel::scaled, process::NoiseModel::fixed}) {
        process::RegressionOptions options;
        options.noise_model = model;
        process::GridSearch search;
        search.objective = process::Objective::validation;
        search.validation = &validation;
        const auto trials = process::evaluate_grid(net, data.x, data.y, some_grid(), options, search);
        REQUIRE(trials.size() == 16);
        for (const process::Trial& trial : trials) {
            CAPTURE(trial.index);
            const network::Network changed = process::network_of(net, trial);
            const process::RegressionFit fit = process::fit_regression(
                process::kernel_of(changed, data.x), data.y, data.x, process::options_of(options, trial), "d");
            const process::Prediction prediction =
                process::predict(fit, process::test_kernel(changed, data.x, held_out.x), {}, units, held_out.y);
            CHECK(*trial.objective == Approx(-*process::score(prediction, "d").nll).epsilon(1e-10));
            CHECK(*trial.log_evidence == Approx(fit.log_evidence).epsilon(1e-11));
        }
    }
}

TEST_CASE("parts of a grid, kernels at once and threads change no bit of a trial") {
    const Data data = some_data(15, 1, 3);
    const network::Network net = relu_network(1.2, 0.3, 2);
    const auto run = [&](unsigned threads, std::size_t at_once, std::size_t part, std::size_t parts) {
        const base::ThreadLimit limit(threads);
        process::GridSearch search;
        search.objective = process::Objective::leave_one_out;
        search.kernels_at_once = at_once;
        search.owns = [&](std::size_t k) { return k % parts == part; };
        return process::evaluate_grid(net, data.x, data.y, some_grid(), {}, search);
    };
    const auto all = run(1, 1, 0, 1);
    REQUIRE(all.size() == 16);
    for (const std::size_t parts : {1U, 3U, 5U, 16U, 20U})
        for (std::size_t part = 0; part < parts; ++part) {
            const auto some = run(2, 1 + part % 2, part, parts);
            CHECK(some.size() == (16 + parts - 1 - part) / parts);
            for (std::size_t k = 0; k < some.size(); ++k) {
                CHECK(some[k].index == part + k * parts);
                CHECK(process::trial_record(some[k]) == process::trial_record(all[some[k].index]));
            }
        }
}

TEST_CASE("a trial that fails says why and leaves the others alone") {
    Data data = some_data(10, 1, 4);
    data.x.row(7) = data.x.row(2);
    process::Grid grid;
    grid.noise = {0.0, 0.1};
    for (const process::NoiseModel model : {process::NoiseModel::scaled, process::NoiseModel::fixed}) {
        process::RegressionOptions options;
        options.noise_model = model;
        auto trials = process::evaluate_grid(relu_network(1.0, 0.3, 1), data.x, data.y, grid, options, {});
        CHECK(!trials[0].objective);
        CHECK(trials[0].reason.find("not positive definite") != std::string::npos);
        const data::Json record = process::trial_record(trials[0]);
        CHECK(record["objective"].is_null());
        CHECK(record["log_evidence"].is_null());
        CHECK(record["reason"] == trials[0].reason);
        CHECK(record["sigma_w"].is_null());
        CHECK(trials[1].objective.has_value());
        CHECK(process::best_trial(trials).index == 1);
    }
    // One row that standardisation made constant: no s of ml2 explains it.
    process::RegressionOptions options;
    options.prior = process::parse_scale_prior("ml2");
    const auto trials =
        process::evaluate_grid(relu_network(1.0, 0.3, 1), data.x, arma::mat(10, 1, arma::fill::zeros), {}, options, {});
    CHECK(!trials[0].objective);
    CHECK(!tests::message_of<base::WorkError>([&] { return process::best_trial(trials).index; }).empty());
}

TEST_CASE("importance sampling fails trials whose sample says too little") {
    const Data data = some_data(40, 1, 5);
    process::RegressionOptions options;
    options.noise = 1e-3;
    options.prior = process::parse_scale_prior("burr12:c=2,d=1");
    options.inference = process::ScaleInference::importance;
    process::GridSearch search;
    const auto good = process::evaluate_grid(relu_network(1.0, 0.3, 1), data.x, data.y, {}, options, search);
    process::RegressionOptions exact = options;
    exact.inference = process::ScaleInference::quadrature;
    const auto want = process::evaluate_grid(relu_network(1.0, 0.3, 1), data.x, data.y, {}, exact, search);
    CHECK(*good[0].log_evidence == Approx(*want[0].log_evidence).epsilon(1e-3));
    CHECK(*good[0].log_evidence != *want[0].log_evidence);
    search.min_sample_size = 1e4;
    const auto bad = process::evaluate_grid(relu_network(1.0, 0.3, 1), data.x, data.y, {}, options, search);
    CHECK(bad[0].reason.find("effective sample size") != std::string::npos);
}

TEST_CASE("the best record and its network") {
    std::vector<data::Json> records;
    for (const double objective : {-3.0, -1.0, -1.0}) {
        process::Trial trial;
        trial.index = records.size();
        trial.sigma_w = 1.5 + static_cast<double>(trial.index);
        trial.sigma_b = 0.0;
        trial.log_evidence = objective - 1.0;
        trial.objective = objective;
        records.push_back(process::trial_record(trial));
    }
    data::Json last = data::Json::object();
    process::append_best(last, "loo", records, relu_network(1.0, 0.3, 2));
    CHECK(last["best"]["trial"] == 1);
    CHECK(!last["best"].contains("schema"));
    CHECK(last["trials"] == 3);
    CHECK(last["network"] == network::to_json_with_scales(relu_network(2.5, 0.0, 2)));
    CHECK(last["network"]["layers"][0]["dense"]["sigma_w"] == 2.5);
    CHECK(network::to_json(network::read_network(last["network"], "n")) == network::to_json(relu_network(2.5, 0.0, 2)));
    records[1]["objective"] = nullptr;
    last = data::Json::object();
    process::append_best(last, "loo", records, relu_network(1.0, 0.3, 2));
    CHECK(last["best"]["trial"] == 2);
}

TEST_CASE("gradient ascent ends at a maximum that no point of a grid exceeds") {
    const Data data = some_data(30, 1, 6);
    const network::Network net = relu_network(1.3, 0.5, 2);
    process::Grid grid;
    grid.sigma_w = {0.7, 1.0, 1.4, 2.0};
    grid.sigma_b = {0.1, 0.3, 0.9};
    grid.noise = {1e-4, 1e-3, 1e-2, 1e-1};
    for (const std::string prior : {"point:1", "inverse_gamma:alpha=2,beta=2", "ml2", "half_cauchy:scale=1"}) {
        CAPTURE(prior);
        process::RegressionOptions options;
        options.prior = process::parse_scale_prior(prior);
        const double coarse =
            *process::best_trial(process::evaluate_grid(net, data.x, data.y, grid, options, {})).log_evidence;
        const process::Ascent end = process::ascend_evidence({net, data.x, data.y, options, {}, 0}, 0);
        REQUIRE(end.trial.log_evidence);
        CHECK(*end.trial.log_evidence >= coarse);
        // The record says what a fit with its values gives, and the gradient vanishes there.
        const network::Network best = process::network_of(net, end.trial);
        const process::RegressionFit fit = process::fit_regression(process::kernel_of(best, data.x), data.y, data.x,
                                                                   process::options_of(options, end.trial), "d");
        CHECK(fit.log_evidence == Approx(*end.trial.log_evidence).epsilon(1e-12));
        const process::EvidenceGradient slope = process::evidence_gradient(fit, fit.factor, &best, data.x);
        CHECK(std::abs(*slope.log_sigma_w) < 1e-2);
        CHECK(std::abs(*slope.log_sigma_b) < 1e-2);
        CHECK(std::abs(slope.log_noise) < 1e-2);
    }
}

TEST_CASE("starts are the network's own values, then draws in the space; the space bounds the search") {
    const Data data = some_data(25, 1, 7);
    const network::Network net = relu_network(1.3, 0.0, 2);
    process::RegressionOptions options;
    options.prior = process::parse_scale_prior("inverse_gamma:alpha=2,beta=2");
    process::EvidenceAscent work{net, data.x, data.y, options, process::parse_search_space("sigma_w=1.2:1.3"), 5};
    for (std::size_t start = 0; start < 3; ++start) {
        const process::Ascent end = process::ascend_evidence(work, start);
        REQUIRE(end.trial.objective);
        CHECK(end.trial.index == start);
        CHECK(*end.trial.sigma_w >= 1.2 * (1.0 - 1e-12));
        CHECK(*end.trial.sigma_w <= 1.3 * (1.0 + 1e-12));
        CHECK(*end.trial.sigma_b == 0.0);
        const base::ThreadLimit limit(1);
        CHECK(process::trial_record(process::ascend_evidence(work, start).trial) == process::trial_record(end.trial));
    }
    work.space = process::parse_search_space("noise=0.05:0.05,alpha=3:3");
    const process::Ascent pinned = process::ascend_evidence(work, 1);
    CHECK(pinned.trial.noise == Approx(0.05));
    CHECK(pinned.trial.scale_prior.parameters[0] == Approx(3.0));
    work.space = {};
    work.options.noise.reset();
    CHECK(process::ascend_evidence(work, 0).trial.objective.has_value());
    work.options.noise = 0.0;
    CHECK(process::ascend_evidence(work, 1).trial.noise == 0.0);
    work.space = process::parse_search_space("sigma_b=1:2");
    CHECK(tests::message_of<base::InputError>([&] {
              process::check_space(work);
              return 0;
          }).find("--space: sigma_b is 0") == 0);
    CHECK(!process::hidden_layers_differ(net));
}

TEST_CASE("an ascent that cannot start says why") {
    Data data = some_data(10, 1, 8);
    data.x.row(7) = data.x.row(2);
    process::RegressionOptions options;
    options.noise = 0.0;
    const network::Network net = relu_network(1.0, 0.3, 1);
    const process::Ascent end = process::ascend_evidence({net, data.x, data.y, options, {}, 0}, 0);
    CHECK(!end.trial.objective);
    CHECK(end.trial.reason.find("not positive definite") != std::string::npos);
}

TEST_CASE("grid files and spaces are refused with their place") {
    CHECK(grid_error(R"({"sigmaw":[1]})").find("g.json:/sigmaw") != std::string::npos);
    CHECK(grid_error(R"({"sigmaw":[1]})").find("did you mean sigma_w?") != std::string::npos);
    CHECK(grid_error(R"({"noise":[]})").find("g.json:/noise: is empty") != std::string::npos);
    CHECK(grid_error(R"({"noise":[0.1,-1]})").find("g.json:/noise/1: -1 is out of range") != std::string::npos);
    CHECK(grid_error(R"({"sigma_w":[0]})").find("g.json:/sigma_w/0: 0 is out of range; expected > 0") !=
          std::string::npos);
    CHECK(grid_error(R"({"scale_prior":["inverse_gama:alpha=1,beta=1"]})").find("g.json:/scale_prior/0") !=
          std::string::npos);
    CHECK(grid_error("[1]") != "");
    CHECK(grid_error("{}").empty());
    CHECK(process::to_text(process::parse_search_space("noise=1e-6:1,sigma_w=.5:2")) == "sigma_w=0.5:2,noise=1e-06:1");
    CHECK(space_error("nois=1:2").find("did you mean noise?") != std::string::npos);
    CHECK(space_error("noise").find("--space: 'noise' is no range") == 0);
    CHECK(space_error("noise=2:1").find("out of range") != std::string::npos);
    CHECK(space_error("noise=0:1").find("out of range") != std::string::npos);
    CHECK(space_error("noise=a:1").find("is no range") != std::string::npos);
    CHECK(space_error("noise=1:2,noise=1:2").find("twice") != std::string::npos);
}
