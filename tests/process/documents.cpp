// Models, predictions and scores as files.
#include <nlohmann/json.hpp>
#include <numeric>

#include "limsym/base/error.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/table.hpp"
#include "limsym/process/model.hpp"
#include "limsym/process/prediction_document.hpp"
#include "limsym/process/score.hpp"
#include "support.hpp"

using namespace limsym;
using doctest::Approx;

namespace {

arma::mat column(std::initializer_list<double> values) {
    return arma::vec(values);
}

constexpr const char* table_text = "a,b,k,y,w\n1,2,7,0.5,-1\n-1,0.5,7,1.5,2\n0.25,-2,7,-0.5,0.75\n2,1,7,1,-0.5\n";

process::Model fitted(const std::string& prior, process::NoiseModel noise_model, process::Standardise standardise,
                      const tests::TemporaryFolder& folder) {
    process::Model model;
    network::Shorthand shorthand;
    shorthand.depth = 2;
    shorthand.sigma_b = 0.3;
    model.network = network::make_network(shorthand);
    const data::Table table = data::read_table({folder.file("train.csv", table_text), std::nullopt, ""});
    model.training = process::training_data(table, "y,w", "", standardise);
    model.options.prior = process::parse_scale_prior(prior);
    model.options.noise_model = noise_model;
    const arma::mat x = model.training.working_x();
    model.fit = process::fit_regression(process::kernel_of(*model.network, x), model.training.working_y(), x,
                                        model.options, "train.csv");
    return model;
}

process::Prediction predictions_of(const process::Model& model) {
    const arma::mat test{{0.3, 0.1, 7.0}, {-1.0, 2.0, 7.0}};
    const arma::mat truth{{0.1, 0.2}, {1.0, -1.0}};
    const arma::mat x = model.training.working_x();
    const arma::mat points = model.training.x_units.apply(test);
    return process::predict(model.fit, process::test_kernel(*model.network, x, points), {}, model.training.y_units,
                            truth);
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

bool same(const arma::mat& a, const arma::mat& b, double tolerance) {
    return a.n_rows == b.n_rows && a.n_cols == b.n_cols && arma::abs(a - b).max() <= tolerance;
}

} // namespace

TEST_CASE("a model reads back and predicts the same, from JSON and from HDF5") {
    const tests::TemporaryFolder folder;
    for (const char* prior : {"inverse_gamma:alpha=2,beta=1.5", "burr12:c=2,d=1", "ml2"}) {
        for (const auto noise_model : {process::NoiseModel::scaled, process::NoiseModel::fixed}) {
            CAPTURE(prior);
            const process::Model model = fitted(prior, noise_model, process::Standardise::xy, folder);
            const process::Prediction want = predictions_of(model);
            const std::string json = folder.file("m.json", process::model_json(model));
            const std::string hdf5 = folder.file("m.h5");
            process::write_model_hdf5(hdf5, model);
            for (const std::string& file : {json, hdf5}) {
                const process::Model back = process::read_model(file, base::MemoryBudget::of_machine());
                CHECK(back.training.features == std::vector<std::string>{"a", "b", "k"});
                CHECK(back.fit.log_evidence == Approx(model.fit.log_evidence).epsilon(1e-13));
                const process::Prediction got = predictions_of(back);
                CHECK(same(got.mean, want.mean, 1e-13));
                CHECK(same(got.sd, want.sd, 1e-12));
                CHECK(same(got.logpdf, want.logpdf, 1e-11));
            }
            // The same model gives the same bytes.
            CHECK(process::model_json(process::read_model(json, base::MemoryBudget::of_machine())) ==
                  tests::file_text(json));
        }
    }
}

TEST_CASE("a damaged model is refused by name") {
    const tests::TemporaryFolder folder;
    const process::Model model = fitted("point:1", process::NoiseModel::scaled, process::Standardise::none, folder);
    const std::string text = process::model_json(model);
    const auto refusal = [&](const std::string& content) {
        const std::string file = folder.file("bad.json", content);
        return tests::message_of<base::InputError>(
            [&] { return process::read_model(file, base::MemoryBudget::of_machine()).fit.d; });
    };
    for (const std::string& content :
         {text.substr(0, 200), changed(text, "0.25", "0.26"), changed(text, "\"noise\":0.01", "\"noise\":0.02"),
          std::string("{}"), std::string("[1,2]"), changed(text, "model@1", "model@9"), std::string()}) {
        CAPTURE(content.substr(0, 60));
        CHECK(refusal(content).find("bad.json") != std::string::npos);
    }
    const std::string hdf5 = folder.file("m.h5");
    process::write_model_hdf5(hdf5, model);
    std::string bytes = tests::file_text(hdf5);
    bytes.resize(bytes.size() / 2);
    const std::string cut = folder.file("cut.h5", bytes);
    CHECK(tests::message_of<base::InputError>([&] {
              return process::read_model(cut, base::MemoryBudget::of_machine()).fit.d;
          }).find("cut.h5") != std::string::npos);
}

TEST_CASE("features are found by name, by place, or alone") {
    const tests::TemporaryFolder folder;
    const process::Model model = fitted("point:1", process::NoiseModel::scaled, process::Standardise::none, folder);
    const auto read = [&](const std::string& text) {
        data::TableOptions options;
        options.allow_no_rows = true;
        return process::test_data(data::read_table({folder.file("t.csv", text), std::nullopt, ""}, options),
                                  model.training);
    };
    const process::TestData named = read("k,id,b,a,w,y\n7,1,2,3,4,5\n");
    CHECK(same(named.x, arma::mat{{3.0, 2.0, 7.0}}, 0.0));
    CHECK(same(named.y, arma::mat{{5.0, 4.0}}, 0.0));
    CHECK(read("k,b,a\n7,2,3\n").y.empty());
    CHECK(same(read("3,2,7,5,4\n").y, arma::mat{{5.0, 4.0}}, 0.0));
    CHECK(same(read("3,2,7\n").x, arma::mat{{3.0, 2.0, 7.0}}, 0.0));
    CHECK(read("a,b,k\n").x.n_rows == 0);
    CHECK(tests::message_of<base::InputError>([&] { return read("a,b\n1,2\n").x; }).find("'k'") != std::string::npos);
    CHECK(tests::message_of<base::InputError>([&] { return read("1,2\n").x; }).find("2 columns; expected 5") !=
          std::string::npos);
}

TEST_CASE("predictions survive CSV and JSON, and score alike") {
    const tests::TemporaryFolder folder;
    const process::Model model =
        fitted("inverse_gamma:alpha=2,beta=1.5", process::NoiseModel::scaled, process::Standardise::none, folder);
    const process::Prediction p = predictions_of(model);
    const process::PredictionTable table = process::prediction_table(p, model.training.targets);
    CHECK(table.names.front() == "y.mean");
    CHECK(table.names.back() == "logpdf_joint");
    std::string csv;
    data::write_csv([&](std::string_view bytes) { csv += bytes; }, table.names, table.values);
    data::Json document = {{"schema", "limsym/nngp-predictions@1"}};
    process::append_prediction(document, p, model.training.targets);
    const process::Score want = process::score(p, "memory");
    CHECK(want.n == 4);
    for (const std::string& file : {folder.file("p.csv", csv), folder.file("p.json", data::to_text(document)),
                                    folder.file("p", csv), folder.file("q", data::to_text(document))}) {
        CAPTURE(file);
        const process::Score got = process::score(process::read_predictions({file, std::nullopt, ""}), file);
        CHECK(got.rmse == Approx(want.rmse).epsilon(1e-14));
        CHECK(*got.nll == Approx(*want.nll).epsilon(1e-14));
        CHECK(*got.crps == Approx(*want.crps).epsilon(1e-14));
        REQUIRE(got.intervals.size() == 1);
        CHECK(got.intervals[0].level == 0.9);
        CHECK(got.intervals[0].width == Approx(want.intervals[0].width).epsilon(1e-14));
    }
    const std::string bare = folder.file("bare.csv", "mean,sd\n1,2\n");
    CHECK(tests::message_of<base::InputError>([&] {
              return process::score(process::read_predictions({bare, std::nullopt, ""}), bare).n;
          }).find("column y") != std::string::npos);
}

TEST_CASE("scores of a known case") {
    process::Prediction p;
    p.mean = column({0.0, 1.0});
    p.sd = column({1.0, 2.0});
    p.y = column({1.0, 1.0});
    p.logpdf = column({-1.5, -2.5});
    p.probabilities = {0.05, 0.95, 0.25, 0.75};
    p.quantiles = {column({-1.0, 0.0}), column({1.0, 3.0}), column({-0.5, 1.5}), column({0.5, 2.0})};
    const process::Score score = process::score(p, "p");
    CHECK(score.rmse == Approx(std::sqrt(0.5)));
    CHECK(score.mae == Approx(0.5));
    CHECK(*score.nll == Approx(2.0));
    REQUIRE(score.intervals.size() == 2);
    CHECK(score.intervals[0].level == 0.5);
    CHECK(score.intervals[0].coverage == 0.0);
    CHECK(score.intervals[1].coverage == 1.0); // ends count
    CHECK(score.intervals[1].width == Approx(2.5));
    // Normal CRPS at z = 1 and z = 0: z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi).
    CHECK(*score.crps == Approx(0.5 * (0.6024414 + 2.0 * 0.2336950)).epsilon(1e-6));
}

TEST_CASE("quantile names") {
    CHECK(process::quantile_name(0.5) == "q50");
    CHECK(process::quantile_name(0.05) == "q05");
    CHECK(process::quantile_name(0.025) == "q025");
    CHECK(process::quantile_name(0.975) == "q975");
    CHECK(process::quantile_name(1e-5) == "q00001");
}

TEST_CASE("standardisation is undone: the density of y is that of the standardised y over the scales") {
    const tests::TemporaryFolder folder;
    for (const auto noise_model : {process::NoiseModel::scaled, process::NoiseModel::fixed}) {
        CAPTURE(static_cast<int>(noise_model));
        const process::Model model = fitted("burr12:c=2,d=1", noise_model, process::Standardise::xy, folder);
        const process::TrainingData& training = model.training;
        CHECK(training.x_units.constant == std::vector<std::size_t>{2});
        const arma::mat test{{0.3, 0.1, 7.0}, {-1.0, 2.0, 7.0}};
        const arma::mat truth{{0.1, 0.2}, {1.0, -1.0}};
        const arma::mat x = training.working_x();
        const arma::mat points = training.x_units.apply(test);
        const process::TestKernel kernel = process::test_kernel(*model.network, x, points);
        const process::Prediction got = process::predict(model.fit, kernel, {}, training.y_units, truth);
        const process::Prediction working =
            process::predict(model.fit, kernel, {}, data::Standardisation::none(2), training.y_units.apply(truth));
        const double log_scales = std::log(training.y_units.scale(0)) + std::log(training.y_units.scale(1));
        for (std::size_t i = 0; i < 2; ++i) {
            CHECK(got.logpdf_joint(i) == Approx(working.logpdf_joint(i) - log_scales).epsilon(1e-12));
            for (std::size_t c = 0; c < 2; ++c) {
                const double scale = training.y_units.scale(c);
                CHECK(got.mean(i, c) == Approx(training.y_units.mean(c) + scale * working.mean(i, c)).epsilon(1e-12));
                CHECK(got.sd(i, c) == Approx(scale * working.sd(i, c)).epsilon(1e-12));
                CHECK(got.logpdf(i, c) == Approx(working.logpdf(i, c) - std::log(scale)).epsilon(1e-12));
                CHECK(got.z(i, c) == Approx(working.z(i, c)).epsilon(1e-10));
                CHECK(got.quantiles[0](i, c) ==
                      Approx(training.y_units.mean(c) + scale * working.quantiles[0](i, c)).epsilon(1e-9));
            }
        }
    }
}
