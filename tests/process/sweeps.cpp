// Splits, cross-validation and samples.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/table.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/numerics/distributions.hpp"
#include "limsym/process/cross_validation.hpp"
#include "limsym/process/sampling.hpp"
#include "support.hpp"

using namespace limsym;
using doctest::Approx;

namespace {

network::Network relu_network(std::size_t depth) {
    network::Shorthand shorthand;
    shorthand.depth = depth;
    shorthand.sigma_b = 0.3;
    return network::make_network(shorthand);
}

std::string split_error(const std::string& text) {
    const tests::TemporaryFolder folder;
    const std::string file = folder.file("s.csv", text);
    return tests::message_of<base::InputError>([&] { return process::read_splits(file, 25).size(); });
}

} // namespace

TEST_CASE("split files are read and checked line by line") {
    const tests::TemporaryFolder folder;
    const process::Splits splits = process::read_splits(folder.file("s.csv", "3,1\r\n 24 , 0\n"), 25);
    CHECK(splits == process::Splits{{1, 3}, {0, 24}});
    CHECK(split_error("1,2\n3,25\n").find("s.csv:2: row 25 is out of range") != std::string::npos);
    CHECK(split_error("1,2\n-1\n").find("s.csv:2") != std::string::npos);
    CHECK(split_error("1,1\n").find("twice") != std::string::npos);
    CHECK(split_error("1,2.5\n").find("'2.5'") != std::string::npos);
    CHECK(split_error("1\n\n2\n").find("s.csv:2: the line is empty") != std::string::npos);
    CHECK(!split_error("").empty());
}

TEST_CASE("folds test every row once, whatever the seed") {
    for (const std::uint64_t seed : {0U, 4U}) {
        const process::Splits folds = process::random_folds(23, 5, seed);
        std::vector<std::size_t> all;
        for (const auto& fold : folds)
            all.insert(all.end(), fold.begin(), fold.end());
        std::sort(all.begin(), all.end());
        std::vector<std::size_t> rows(23);
        std::iota(rows.begin(), rows.end(), std::size_t{0});
        CHECK(all == rows);
    }
    CHECK(process::random_folds(23, 5, 0) != process::random_folds(23, 5, 1));
    CHECK(process::random_holdout(25, 0.2, 0).front().size() == 5);
    CHECK(!tests::message_of<base::InputError>([] { return process::random_folds(3, 5, 0); }).empty());
}

TEST_CASE("cross-validation of public data is the table of the paper's model") {
    // examples/data/yacht, split 0: reference figures of an independent program (evidence over the whole grid).
    const std::string folder = tests::test_data("../../examples/data/yacht");
    const data::Table table = data::read_table({folder + "/data.csv", std::nullopt, ""});
    const process::TrainingData data = process::training_data(table, "resistance", "", process::Standardise::none);
    process::CrossValidation work;
    network::Shorthand shorthand;
    shorthand.depth = 4;
    work.network = network::make_network(shorthand);
    work.x = data.x;
    work.y = data.y;
    work.splits = process::read_splits(folder + "/test-rows.csv", data.x.n_rows);
    CHECK(work.splits.size() == 20);
    work.grid.sigma_w = {1.0, 1.4, 2.0};
    work.grid.sigma_b = {0.0, 0.3, 1.0};
    work.grid.noise = {1e-6, 1e-4, 1e-2};
    work.options.prior = process::parse_scale_prior("ml2");
    const auto run = [&](unsigned threads) {
        const base::ThreadLimit limit(threads);
        std::vector<data::Json> streamed;
        const process::CrossValidated result =
            process::cross_validate(work, {0, 1}, base::MemoryBudget::of_machine(), {},
                                    [&](const data::Json& record) { streamed.push_back(record); });
        CHECK(streamed == result.records);
        CHECK(!result.smallest_sample_size);
        return result.records;
    };
    const std::vector<data::Json> records = run(2);
    CHECK(records == run(1));
    CHECK(records[0]["n_train"] == 277);
    CHECK(records[0]["choice"]["sigma_w"] == 1.0);
    CHECK(records[0]["choice"]["sigma_b"] == 1.0);
    CHECK(records[0]["choice"]["noise"] == 1e-6);
    CHECK(records[0]["log_evidence"].get<double>() == Approx(240.319513).epsilon(1e-8));
    CHECK(records[0]["rmse"].get<double>() == Approx(0.677227).epsilon(1e-6));
    CHECK(records[0]["nll_observed"].get<double>() == Approx(0.56181).epsilon(2e-6));
    CHECK(records[1]["nll_latent"].get<double>() == Approx(0.545844).epsilon(2e-6));

    data::Json summary = data::Json::object();
    process::append_summary(summary, records);
    CHECK(summary["splits"] == 2);
    const double a = records[0]["rmse"];
    const double b = records[1]["rmse"];
    CHECK(summary["mean"]["rmse"].get<double>() == Approx((a + b) / 2.0));
    CHECK(summary["stderr"]["rmse"].get<double>() == Approx(std::abs(a - b) / 2.0));

    // The records before a split that fails have been given when it does.
    process::CrossValidation bad = work;
    bad.grid = {};
    bad.options.noise = 0.0;
    for (arma::uword i = 0; i < 3; ++i) // rows 0 to 2 are in the training part of the second split only
        bad.x.row(i) = bad.x.row(0);
    bad.splits = {{0, 1, 5}, {5}};
    std::vector<data::Json> given;
    CHECK(tests::message_of<base::WorkError>([&] {
              return process::cross_validate(bad, {0, 1}, base::MemoryBudget::of_machine(), {},
                                             [&](const data::Json& record) { given.push_back(record); });
          }).starts_with("split 1: "));
    CHECK(given.size() == 1);

    const std::string job = process::job_of(work);
    work.grid.noise = {1e-6, 1e-4, 1e-3};
    CHECK(process::job_of(work) != job);
}

TEST_CASE("draws of the prior are jointly Student t, with one s a draw") {
    // Two orthogonal inputs of a network whose kernel there has no correlation.
    const arma::mat x{{1.0, 0.0}, {0.0, 1.0}};
    network::Shorthand shorthand;
    shorthand.activation.kind = network::ActivationKind::erf;
    shorthand.activation.parameters = {1.0, 1.0, 0.0};
    shorthand.sigma_w = 1.5;
    const arma::mat k = kernel::gram<double>(network::make_network(shorthand), x, {}).nngp;
    CHECK(std::abs(k(0, 1)) < 1e-15);
    process::SampleOptions options;
    options.count = 20000;
    options.seed = 11;
    const process::ScalePrior prior = process::parse_scale_prior("inverse_gamma:alpha=1.5,beta=0.8");
    const process::Sample sample = process::sample_prior(k, prior, options);
    // Kolmogorov-Smirnov against t(3), 0.1 % level.
    const double scale = std::sqrt(0.8 / 1.5 * k(0, 0));
    for (arma::uword j = 0; j < 2; ++j) {
        arma::vec sorted = arma::sort(sample.values.col(j)) / scale;
        double distance = 0.0;
        for (arma::uword i = 0; i < sorted.n_elem; ++i) {
            const double p = numerics::student_t_cdf(sorted(i), 3.0);
            distance = std::max({distance, std::abs(p - static_cast<double>(i) / 20000.0),
                                 std::abs(p - static_cast<double>(i + 1) / 20000.0)});
        }
        CHECK(distance < 1.95 / std::sqrt(20000.0));
    }
    // P(|f_1| > q99, |f_2| > q99) of the bivariate t(3) is 0.00246; independent coordinates would give 1e-4.
    const double q = numerics::student_t_quantile(0.995, 3.0) * scale;
    double both = 0.0;
    for (arma::uword i = 0; i < 20000; ++i)
        both += std::abs(sample.values(i, 0)) > q && std::abs(sample.values(i, 1)) > q ? 1.0 / 20000.0 : 0.0;
    CHECK(std::abs(both - 0.00246) < 5.0 * std::sqrt(0.00246 / 20000.0));
}

TEST_CASE("draw i depends on seed and i alone; equal inputs have equal values") {
    const arma::mat x{{1.0, 2.0}, {0.5, -1.0}, {1.0, 2.0}};
    const arma::mat k = kernel::gram<double>(relu_network(2), x, {}).nngp;
    const process::ScalePrior prior = process::parse_scale_prior("gamma:shape=2,rate=1");
    process::SampleOptions options;
    options.count = 150;
    options.outputs = 2;
    options.seed = 7;
    const auto run = [&](unsigned threads, std::size_t count) {
        const base::ThreadLimit limit(threads);
        process::SampleOptions some = options;
        some.count = count;
        return process::sample_prior(k, prior, some);
    };
    const process::Sample all = run(2, 150);
    const process::Sample one_thread = run(1, 150);
    CHECK(std::equal(all.values.begin(), all.values.end(), one_thread.values.begin()));
    const process::Sample few = run(2, 40);
    for (arma::uword i = 0; i < 40; ++i) {
        CHECK(few.scale(i) == all.scale(i));
        for (arma::uword j = 0; j < 6; ++j)
            CHECK(few.values(i, j) == all.values(i, j));
        CHECK(all.values(i, 0) == Approx(all.values(i, 2)).epsilon(1e-6));
    }
    options.seed = 8;
    CHECK(run(2, 1).values(0, 0) != all.values(0, 0));
    CHECK(!tests::message_of<base::InputError>([&] {
               return process::sample_prior(k, process::parse_scale_prior("ml2"), options).scale;
           }).empty());
}

TEST_CASE("posterior draws have the posterior's moments, for both noise models and both kinds") {
    process::Model model;
    model.network = relu_network(2);
    model.training.x = arma::mat{{1.0, 2.0}, {0.5, -1.0}, {-1.0, 0.25}, {2.0, 0.5}, {-0.5, -2.0}, {1.5, 1.5}};
    model.training.y = arma::vec{0.5, 1.5, -0.5, 1.0, 0.0, 0.25};
    model.training.standardise = process::Standardise::xy;
    model.training.measure();
    model.options.noise = 0.2;
    model.options.prior = process::parse_scale_prior("inverse_gamma:alpha=6,beta=5");
    const arma::mat test{{0.3, 0.1}, {-1.0, 2.0}};
    const arma::mat x = model.training.working_x();
    const arma::mat points = model.training.x_units.apply(test);
    const process::TestKernel kernel = process::test_kernel(*model.network, x, points);
    const arma::mat prior_covariance = kernel::gram<double>(*model.network, points, {}).nngp;
    process::SampleOptions options;
    options.count = 20000;
    options.seed = 3;
    for (const auto noise_model : {process::NoiseModel::scaled, process::NoiseModel::fixed}) {
        for (const auto kind : {process::PredictionKind::latent, process::PredictionKind::observed}) {
            CAPTURE(static_cast<int>(noise_model));
            CAPTURE(static_cast<int>(kind));
            model.options.noise_model = noise_model;
            model.fit = process::fit_regression(process::kernel_of(*model.network, x), model.training.working_y(), x,
                                                model.options, "d");
            process::PredictionOptions what;
            what.kind = kind;
            const process::Prediction want = process::predict(model.fit, kernel, what, model.training.y_units, {});
            const arma::mat covariance =
                process::predictive_covariance(model.fit, kernel, prior_covariance, kind, model.training.y_units);
            const process::Sample sample = process::sample_posterior(model, test, kind, options);
            for (arma::uword j = 0; j < 2; ++j)
                CHECK(std::abs(arma::mean(sample.values.col(j)) - want.mean(j)) <
                      5.0 * want.sd(j) / std::sqrt(20000.0));
            const arma::mat got = arma::cov(sample.values);
            for (arma::uword i = 0; i < 2; ++i)
                for (arma::uword j = 0; j < 2; ++j)
                    CHECK(std::abs(got(i, j) - covariance(i, j)) <
                          5.0 * 2.0 * want.sd(i) * want.sd(j) / std::sqrt(20000.0));
            CHECK(covariance(0, 0) == Approx(want.sd(0) * want.sd(0)).epsilon(1e-9));
        }
    }
}

TEST_CASE("finite networks approach the kernel, s scales them, and a draw depends on its index alone") {
    const arma::mat x{{-0.8, 1.2}, {1.1, 0.3}, {0.4, -1.5}};
    const network::Network net = relu_network(2);
    const arma::mat k = kernel::gram<double>(net, x, {}).nngp;
    process::SampleOptions options;
    options.count = 2000;
    options.seed = 5;
    const process::ScalePrior prior = process::parse_scale_prior("point:2");
    const process::Sample sample = process::sample_finite(net, x, 200, prior, options);
    const arma::mat second = sample.values.t() * sample.values / 2000.0;
    for (arma::uword i = 0; i < 3; ++i)
        for (arma::uword j = 0; j < 3; ++j) {
            const double deviation = 2.0 * std::sqrt((k(i, i) * k(j, j) + k(i, j) * k(i, j)) / 2000.0);
            CHECK(std::abs(second(i, j) - 2.0 * k(i, j)) < 5.0 * deviation);
        }
    options.count = 10;
    const process::Sample few = process::sample_finite(net, x, 200, prior, options);
    for (arma::uword i = 0; i < 10; ++i)
        CHECK(few.values(i, 2) == sample.values(i, 2));
}
