#include "limsym/mixture/map_training.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/mixture/node_selection.hpp"
#include "limsym/network/propagation.hpp"
#include "limsym/numerics/variates.hpp"
#include "support.hpp"

using namespace limsym;
using mixture::LabelledData;
using mixture::MapModel;

namespace {

// Three classes along a curve in four dimensions.
LabelledData classes(std::size_t rows, std::uint64_t index) {
    base::RandomStream stream(3, "test", index);
    LabelledData data;
    data.file = "d.csv";
    data.x.set_size(4, rows);
    numerics::fill_normal(stream, data.x.memptr(), data.x.n_elem);
    for (std::size_t i = 0; i < rows; ++i) {
        const double score = data.x(0, i) + 0.5 * data.x(1, i) * data.x(2, i);
        data.labels.push_back(score < -0.5 ? 0U : score < 0.5 ? 1U : 2U);
    }
    return data;
}

MapModel start(const std::string& prior, std::size_t width = 12, std::size_t depth = 2) {
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation("relu", "-");
    shorthand.depth = depth;
    shorthand.sigma_b = 1.0;
    shorthand.readout_sigma_b = 1.0;
    return mixture::initial_map_model(network::make_network(shorthand),
                                      std::vector<mixture::Prior>(depth, mixture::parse_prior(prior)), 4, width, 3, 7);
}

arma::mat matrix(const data::Json& rows) {
    arma::mat result(rows.size(), rows.front().size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < rows[i].size(); ++j)
            result(i, j) = rows[i][j].get<double>();
    return result;
}

} // namespace

TEST_CASE("loss and gradient equal the golden vectors") {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    const data::Json golden = data::read_json(*folder + "/map_loss_grad.json");
    for (const data::Json& expected : golden.at("cases")) {
        const std::string kind = expected.at("kind");
        CAPTURE(kind);
        data::Json layers = data::Json::array();
        for (std::size_t l = 0; l < 3; ++l) {
            data::Json dense{{"sigma_b", 1}, {"weight", golden["w"][l]}, {"bias", golden["b"][l]}};
            if (l > 0) {
                std::vector<double> values;
                for (const data::Json& value : golden["log_lambda"][l - 1])
                    values.push_back(kind == "constant" ? 0.25 : std::exp(value.get<double>()));
                dense["node_variances"] = {{"prior", kind == "gbfry" ? "gbfry:alpha=0.5,tau=5" : kind},
                                           {"values", values}};
            }
            layers.push_back({{"dense", dense}});
            if (l < 2) layers.push_back({{"activation", "relu"}});
        }
        const MapModel model = mixture::read_map_model(network::read_network(
            data::Json{{"schema", "limsym/network@1"}, {"parameterization", "ntk"}, {"layers", layers}}, "m.json"));
        LabelledData data;
        data.x = matrix(golden["X"]).t();
        data.labels = golden["y"].get<std::vector<std::uint32_t>>();
        const mixture::MapLoss loss = mixture::map_loss(model, data, 0.2, true);
        CHECK(loss.cross_entropy == doctest::Approx(expected["cross_entropy"].get<double>()).epsilon(1e-12));
        CHECK(loss.log_prior == doctest::Approx(expected["log_prior"].get<double>()).epsilon(1e-12));
        CHECK(loss.loss == doctest::Approx(expected["loss"].get<double>()).epsilon(1e-12));
        CHECK(arma::approx_equal(loss.logits.t(), matrix(expected["logits"]), "absdiff", 1e-12));
        for (std::size_t l = 0; l < 3; ++l) {
            const network::Stage& stage = model.shape.stages[l];
            const arma::mat weight(loss.gradient.data() + stage.weight.begin, stage.outputs, stage.inputs);
            CHECK(arma::approx_equal(weight, matrix(expected["grad_w"][l]), "absdiff", 1e-12));
            for (std::size_t k = 0; k < stage.outputs; ++k)
                CHECK(loss.gradient[stage.bias.begin + k] ==
                      doctest::Approx(expected["grad_b"][l][k].get<double>()).epsilon(1e-10));
            if (l == 0 || expected["grad_log_lambda"].is_null()) continue;
            for (std::size_t j = 0; j < stage.inputs; ++j)
                CHECK(loss.gradient[stage.log_variance.begin + j] ==
                      doctest::Approx(expected["grad_log_lambda"][l - 1][j].get<double>()).epsilon(1e-10));
        }
    }
}

TEST_CASE("gradients by differences, for every law with a density") {
    const LabelledData data = classes(9, 1);
    for (const std::string prior : {"inverse-gamma", "inverse-gamma:shape=0.6", "group-lasso:outputs=3", "gamma",
                                    "beta", "betaprime", "horseshoe", "regularised-horseshoe", "ggp", "gbfry"}) {
        CAPTURE(prior);
        const MapModel model = start(prior, 5);
        const mixture::MapLoss loss = mixture::map_loss(model, data, 0.2, true);
        for (std::size_t i = 0; i < model.parameters.size(); i += 3) {
            MapModel up = model;
            MapModel down = model;
            up.parameters[i] += 1e-5;
            down.parameters[i] -= 1e-5;
            const double expected =
                (mixture::map_loss(up, data, 0.2, false).loss - mixture::map_loss(down, data, 0.2, false).loss) / 2e-5;
            CAPTURE(i);
            CHECK(std::abs(loss.gradient[i] - expected) <= 1e-8 * std::max(1.0, std::abs(expected)));
        }
    }
}

TEST_CASE("laws that cannot be trained are refused by name") {
    const auto message = [](const std::string& prior) {
        return tests::message_of<base::InputError>([&] { return start(prior); });
    };
    CHECK(message("gamma+gamma") == "--prior: a sum of laws has no density here; expected one term");
    CHECK(message("bernoulli") == "--prior: bernoulli has no density; training needs one");
    CHECK(message("regularised-horseshoe:c=20") ==
          "--prior: regularised-horseshoe has no density at 1 / width, where training starts");
}

TEST_CASE("training learns, keeps constant variances, and resumes to the same bytes for any number of threads") {
    const LabelledData data = classes(300, 2);
    const LabelledData test = classes(200, 3);
    mixture::MapTrainingOptions options;
    options.epochs = 12;
    options.batch = 32;
    options.rates = {{0.02, 0.01}, {8}};
    options.seed = 5;
    for (const std::string prior : {"horseshoe", "constant:c=2"}) {
        for (const mixture::Precision precision : {mixture::Precision::f64, mixture::Precision::f32}) {
            options.precision = precision;
            MapModel whole = start(prior);
            std::string middle;
            std::vector<mixture::MapEpoch> epochs;
            {
                const base::ThreadLimit one(1);
                mixture::train_map(whole, data, &test, options, "",
                                   [&](const mixture::MapEpoch& epoch) {
                                       if (epoch.epoch == 5) middle = epoch.state();
                                       epochs.push_back(epoch);
                                   },
                                   {});
            }
            CHECK(epochs.size() == 12);
            CHECK(epochs.back().train_loss < 0.8 * epochs.front().train_loss);
            CHECK(mixture::evaluate(whole, data).accuracy > 0.7);
            CHECK(*epochs.back().test_accuracy == mixture::evaluate(whole, test).accuracy);
            MapModel resumed = start(prior);
            std::size_t lines = 0;
            mixture::train_map(resumed, data, nullptr, options, middle, [&](const mixture::MapEpoch&) { ++lines; }, {});
            CHECK(lines == 7);
            CHECK(resumed.parameters == whole.parameters);
            if (prior != "horseshoe") {
                CHECK(whole.node_variances(0)[3] == doctest::Approx(2.0 / 12).epsilon(1e-6));
                CHECK(mixture::top_share(whole)[0] == 1.0 / 12);
            } else {
                CHECK(mixture::top_share(whole)[1] > 1.0 / 12);
            }
        }
    }
}

TEST_CASE("a pruned network is the network without the nodes") {
    const LabelledData data = classes(50, 4);
    MapModel model = start("horseshoe", 8);
    base::RandomStream stream(1, "variances");
    for (std::size_t l = 1; l < 3; ++l)
        for (std::size_t j = 0; j < 8; ++j)
            model.parameters[model.shape.stages[l].log_variance.begin + j] = -1.0 - 3.0 * stream.uniform();
    for (const double kappa : {0.0, 0.25, 0.6}) {
        const mixture::KeptNodes kept = mixture::keep_largest(model, kappa);
        CHECK(mixture::count(kept) == 2 * (8 - static_cast<std::size_t>(std::floor(kappa * 8))));
        const MapModel smaller = mixture::without_pruned(model, kept);
        CHECK(smaller.shape.stages[1].inputs == mixture::count(kept) / 2);
        const mixture::Score masked = mixture::evaluate(model, kept, data);
        const mixture::Score cut = mixture::evaluate(smaller, data);
        CHECK(cut.cross_entropy == doctest::Approx(masked.cross_entropy).epsilon(1e-12));
        CHECK(cut.accuracy == masked.accuracy);
    }
    const std::vector<double> lambda = model.node_variances(0);
    const mixture::KeptNodes kept = mixture::keep_above(model, lambda[2]);
    for (std::size_t j = 0; j < 8; ++j)
        CHECK(kept[0][j] == (lambda[j] > lambda[2]));
    const mixture::KeptNodes none = mixture::keep_above(model, 10.0);
    CHECK(std::isfinite(mixture::evaluate(model, none, data).cross_entropy));
    CHECK(tests::message_of<base::WorkError>([&] { return mixture::without_pruned(model, none); }) ==
          "no node of hidden layer 1 is left; prune less");
    // equal variances: a constant prior ranks by the weights that leave a node
    const MapModel constant = start("constant", 8);
    const network::Stage& stage = constant.shape.stages[1];
    const arma::mat weight(constant.parameters.data() + stage.weight.begin, stage.outputs, stage.inputs);
    const std::vector<double> scores = mixture::node_scores(constant, 0);
    for (std::size_t j = 0; j < 8; ++j)
        CHECK(scores[j] == doctest::Approx(arma::accu(arma::square(weight.col(j))) / 8).epsilon(1e-12));
}

TEST_CASE("features are the rows of largest pre-activation, by falling variance of the node") {
    const LabelledData data = classes(40, 5);
    MapModel model = start("horseshoe", 6);
    for (std::size_t j = 0; j < 6; ++j)
        model.parameters[model.shape.stages[2].log_variance.begin + j] = j == 4 ? 0.0 : -1.0 - static_cast<double>(j);
    network::Propagation<double> pass(model.shape, network::Derivatives::second);
    pass.forward(model.parameters, data.x);
    const arma::mat u = pass.preactivation(1);
    const auto features = mixture::node_features(model, 1, 3, 5, data);
    CHECK(features.size() == 3);
    CHECK(features[0].node == 4);
    CHECK(features[1].node == 0);
    for (const mixture::NodeFeature& feature : features) {
        CHECK(feature.rows.size() == 5);
        const arma::rowvec of_node = u.row(feature.node);
        CHECK(feature.values[0] == doctest::Approx(of_node.max()).epsilon(1e-12));
        for (std::size_t k = 0; k < 5; ++k)
            CHECK(feature.values[k] == doctest::Approx(of_node(feature.rows[k])).epsilon(1e-12));
    }
    CHECK(mixture::distinct_rows(features) >= 5);
}
