#include <armadillo>
#include <cmath>
#include <nlohmann/json.hpp>

#include "golden.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/json.hpp"
#include "limsym/data/table.hpp"
#include "limsym/mixture/levy_measure.hpp"
#include "limsym/mixture/node_law.hpp"
#include "limsym/mixture/node_variances.hpp"
#include "limsym/mixture/pruning.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

mixture::Family family(const std::string& text) {
    return mixture::parse_prior(text).terms.front();
}

/// "kind" and JSON parameters of the golden vectors; p is the width.
struct GoldenLaw {
    mixture::Family family;
    double width;
};
GoldenLaw golden_law(const std::string& kind, const data::Json& parameters) {
    return {family(tests::expression(kind, parameters)), parameters.value("p", 1.0)};
}

const std::vector<std::string> all{"constant:c=2",
                                   "inverse-gamma:shape=2",
                                   "inverse-gamma:shape=0.6,scale=1.5",
                                   "group-lasso:c=2,outputs=3",
                                   "gamma:eta=1,beta=2",
                                   "beta",
                                   "beta:eta=2,b=3",
                                   "betaprime",
                                   "horseshoe",
                                   "regularised-horseshoe:s=2,c=0.3",
                                   "stable:alpha=0.7,c=2",
                                   "bernoulli:c=2,value=0.5",
                                   "spike-slab:c=2,shape=0.7,rate=3,spike=0.4",
                                   "ggp:alpha=0.4,beta=2,eta=1.5",
                                   "gbfry",
                                   "gbfry:alpha=0.2,tau=5,mean=2"};

} // namespace

TEST_CASE("golden: log densities of node variances") {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    const data::Table table = tests::golden_table(*folder, "lambda_logpdf.csv", "kind,params");
    for (std::size_t i = 0; i < table.values.n_rows; ++i) {
        const auto law = golden_law(table.text.at(0)[i], data::parse_json(table.text.at(1)[i], table.file));
        CAPTURE(table.text.at(0)[i]);
        CAPTURE(table.values(i, 2));
        const double wanted = table.values(i, 3);
        const double value = mixture::node_law(law.family, law.width).log_density(table.values(i, 2));
        if (std::isnan(wanted))
            CHECK(std::isinf(value));
        else
            CHECK(std::abs(value - wanted) <= 1e-11 + 1e-12 * std::abs(wanted));
    }
}

TEST_CASE("golden: node variances from given random numbers") {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    const data::Table table = tests::golden_table(*folder, "lambda_map.csv", "kind,params");
    for (std::size_t i = 0; i < table.values.n_rows; ++i) {
        const auto law = golden_law(table.text.at(0)[i], data::parse_json(table.text.at(1)[i], table.file));
        const double value = mixture::variance_from(std::get<mixture::Gbfry>(law.family), law.width, table.values(i, 2),
                                                    table.values(i, 3), table.values(i, 4));
        CHECK(value == doctest::Approx(table.values(i, 5)).epsilon(1e-12));
    }
}

TEST_CASE("golden: survival functions at finite width") {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    const data::Table table = tests::golden_table(*folder, "finite_tail.csv", "prior");
    for (std::size_t i = 0; i < table.values.n_rows; ++i) {
        CAPTURE(table.text.at(0)[i]);
        const double value =
            mixture::node_law(family(table.text.at(0)[i]), table.values(i, 1)).scaled_survival(table.values(i, 2));
        CHECK(std::abs(value - table.values(i, 3)) <= 1e-7 * table.values(i, 3));
    }
}

TEST_CASE("densities are slopes of survival functions, and their slopes are right") {
    const double p = 50.0;
    for (const std::string& text : all) {
        CAPTURE(text);
        const mixture::NodeLaw law = mixture::node_law(family(text), p);
        if (!law.log_density) continue;
        for (const double x : {1e-3, 0.05, 0.6, 2.0}) {
            CAPTURE(x);
            const double density = std::exp(law.log_density(x));
            if (density < 1e-200) continue;
            const double h = 1e-4;
            const double slope =
                (law.scaled_survival(x * (1 - h)) - law.scaled_survival(x * (1 + h))) / (2.0 * h * x * p);
            CHECK(std::abs(slope - density) <= 1e-6 * density + 1e-12 / (h * x));
            const double rise = (law.log_density(x * std::exp(h)) - law.log_density(x * std::exp(-h))) / (2.0 * h);
            CHECK(std::abs(rise - law.log_density_slope(x)) <= 1e-6 * std::max(1.0, std::abs(rise)));
        }
    }
}

TEST_CASE("survival functions tend to the tails of the Lévy measures") {
    for (const std::string& text : all) {
        CAPTURE(text);
        if (text == "inverse-gamma:shape=0.6,scale=1.5") continue; // slow: error of order p^(-2/3)
        const mixture::NodeLaw law = mixture::node_law(family(text), 1e8);
        const mixture::LevyMeasure limit = mixture::levy_measure(family(text));
        for (const double x : {0.03, 0.4, 2.0})
            CHECK(std::abs(law.scaled_survival(x) - limit.tail(x)) <= 2e-3 * limit.tail(x) + 1e-5);
    }
}

TEST_CASE("drawn node variances follow their survival functions") {
    constexpr std::size_t width = 200;
    constexpr std::size_t draws = 150;
    for (const std::string& text : all) {
        CAPTURE(text);
        const mixture::Prior prior = mixture::parse_prior(text);
        const mixture::NodeLaw law = mixture::node_law(prior.terms.front(), width);
        arma::mat values(width, draws, arma::fill::none);
        for (std::size_t i = 0; i < draws; ++i)
            mixture::draw_node_variances(prior, width, width, 3, 1, i, values.colptr(i));
        const double n = static_cast<double>(width * draws);
        for (const double x : {1e-30, 1e-4, 0.003, 0.02, 0.2, 1.0}) {
            CAPTURE(x);
            const double probability = law.scaled_survival(x) / width;
            const double share = static_cast<double>(arma::accu(values > x)) / n;
            const double sd = std::sqrt(std::max(probability * (1.0 - probability), 1e-12) / n);
            CHECK(std::abs(share - probability) <= 5.0 * sd + 5.0 / n * 0.2);
        }
    }
}

TEST_CASE("draws do not depend on the terms beside them, and sums add") {
    std::vector<double> one(3000);
    std::vector<double> both(3000);
    mixture::draw_node_variances(mixture::parse_prior("gbfry"), 3000, 3000, 7, 2, 5, one.data());
    mixture::draw_node_variances(mixture::parse_prior("gbfry+constant:c=3"), 3000, 3000, 7, 2, 5, both.data());
    for (std::size_t i = 0; i < one.size(); i += 100)
        CHECK(both[i] == doctest::Approx(one[i] + 1e-3).epsilon(1e-14));
    // at alpha = 0.1 and p = 2000, t is near 1e43
    mixture::draw_node_variances(mixture::parse_prior("gbfry:alpha=0.01,tau=1.5"), 3000, 3000, 7, 1, 0, one.data());
    for (const double value : one)
        REQUIRE(std::isfinite(value));
}

TEST_CASE("golden: errors of pruning") {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    const data::Table layer = tests::golden_table(*folder, "prune_one_layer.csv", "kind,params");
    for (std::size_t i = 0; i < layer.values.n_rows; ++i) {
        const auto law = golden_law(layer.text.at(0)[i], data::parse_json(layer.text.at(1)[i], layer.file));
        mixture::Prior prior{{law.family}};
        if (layer.values(i, 2) > 0.0) prior.terms.push_back(mixture::Constant{layer.values(i, 2)});
        const mixture::ThresholdError error =
            mixture::threshold_error(mixture::limit_law(prior), layer.values(i, 3), 1);
        CHECK(error.delta.value() == doctest::Approx(layer.values(i, 4)).epsilon(1e-10));
    }
    const data::Table bound = tests::golden_table(*folder, "prune_bound.csv", "prior");
    for (std::size_t i = 0; i < bound.values.n_rows; ++i) {
        const mixture::ThresholdError error =
            mixture::threshold_error(mixture::limit_law(mixture::parse_prior(bound.text.at(0)[i])), bound.values(i, 2),
                                     static_cast<std::size_t>(bound.values(i, 1)));
        CHECK(error.kept == doctest::Approx(bound.values(i, 3)).epsilon(1e-10));
        CHECK(error.delta.value() == doctest::Approx(bound.values(i, 4)).epsilon(1e-10));
        CHECK(error.bound.value() == doctest::Approx(bound.values(i, 5)).epsilon(1e-10));
    }
    for (const data::Json& entry : data::read_json(*folder + "/kappa_prune_inverse_gamma.json")) {
        const mixture::Prior prior{{mixture::InverseGamma{entry["shape"].get<double>(), 1.0}}};
        CHECK(mixture::lost_share(prior, entry["kappa"].get<double>()).value() ==
              doctest::Approx(entry["lost_share"].get<double>()).epsilon(1e-10));
    }
}

TEST_CASE("shares lost by pruning nodes") {
    const auto lost = [](const std::string& text, double kappa) {
        return mixture::lost_share(mixture::parse_prior(text), kappa);
    };
    CHECK(lost("constant:c=3", 0.3) == doctest::Approx(0.3));
    CHECK(lost("gbfry", 0.9) == 0.0);
    CHECK(lost("spike-slab:shape=2,rate=2,spike=0.5", 0.9) == doctest::Approx(0.3));
    CHECK(lost("constant:c=1+inverse-gamma:shape=2", 0.5) ==
          doctest::Approx(0.25 + 0.5 * lost("inverse-gamma:shape=2", 0.5).value()));
    CHECK_FALSE(lost("horseshoe", 0.5).has_value());
    CHECK_FALSE(lost("group-lasso+inverse-gamma", 0.5).has_value());
    CHECK(lost("inverse-gamma", 0.0) == 0.0);
    // the Lorenz curve of Ga(k): against its definition, m = 1
    const double half = lost("group-lasso:outputs=1", 0.5).value(); // Ga(1): exponential, q = ln 2
    CHECK(half == doctest::Approx(0.5 - 0.5 * std::log(2.0)).epsilon(1e-12));
}

TEST_CASE("pruned finite nets stay near the bound") {
    mixture::PruningPlan plan;
    plan.eps = {0.0, 1e-2};
    plan.layers = 2;
    plan.width = 500;
    plan.count = 2000;
    const mixture::Prior prior = mixture::parse_prior("gbfry:alpha=0.3,tau=5");
    const auto errors = mixture::simulate_pruning(prior, plan, {});
    REQUIRE(errors.size() == 2);
    CHECK(errors[0].relative <= 1e-14);
    const double bound = mixture::threshold_error(mixture::limit_law(prior), 1e-2, 2).bound.value();
    CHECK(errors[1].relative <= bound + 5.0 * errors[1].standard_error + 0.01);
    CHECK(errors[1].relative >= bound - 5.0 * errors[1].standard_error - 0.01);
    CHECK(errors[1].standard_error < 0.1 * bound);
}
