// Large samples against exact laws: outputs of the limit and of wide networks, dependence, error of pruning.
#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numbers>

#include "golden.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/mixture/one_input.hpp"
#include "limsym/mixture/pruning.hpp"
#include "limsym/mixture/random_kernel.hpp"
#include "limsym/numerics/goodness_of_fit.hpp"
#include "support.hpp"

using namespace limsym;
using mixture::DrawOptions;
using mixture::RandomKernel;

namespace {

const arma::mat one(1, 1, arma::fill::ones);

mixture::Architecture relu(const std::string& prior, std::size_t depth = 1, double sigma_w = 1.0,
                           double sigma_b = 0.0) {
    mixture::Architecture result;
    result.sigma_w = sigma_w;
    result.sigma_b = sigma_b;
    result.hidden.assign(depth, {network::parse_activation("relu", ""), mixture::parse_prior(prior), sigma_w, sigma_b});
    return result;
}

DrawOptions of_width(std::size_t width) {
    DrawOptions options;
    options.width = width;
    return options;
}

/// Outputs of `count` networks, one a row.
arma::mat outputs_of(const RandomKernel& kernel, std::size_t count, std::size_t outputs) {
    arma::mat z(count, outputs, arma::fill::none);
    base::parallel_for(count, [&](std::size_t i) { z.row(i) = kernel.outputs(i, outputs).row(0); });
    return z;
}

double correlation_of_squares(const arma::mat& z) {
    const arma::mat both = arma::cor(arma::square(z));
    return both(0, 1);
}

/// The families of the golden shallow networks, with the values that each characteristic function has.
std::map<std::string, std::vector<std::pair<double, double>>> shallow_networks(const std::string& folder) {
    std::map<std::string, std::vector<std::pair<double, double>>> result;
    const data::Table table = tests::golden_table(folder, "shallow_relu_cf.csv", "kind,params");
    for (std::size_t i = 0; i < table.values.n_rows; ++i) {
        std::string text = tests::expression(table, i);
        if (table.values(i, 2) > 0.0) text += "+constant:c=" + std::to_string(table.values(i, 2));
        result[text].emplace_back(table.values(i, 3), table.values(i, 4));
    }
    return result;
}

} // namespace

TEST_CASE("outputs of a horseshoe network are Cauchy") {
    const std::size_t count = 20'000;
    arma::vec z = arma::sort(outputs_of(RandomKernel(relu("horseshoe"), one, {}, 1), count, 1).col(0));
    double distance = 0.0;
    for (std::size_t i = 0; i < count; ++i) {
        const double f = 0.5 + std::atan(2.0 * z(i)) / std::numbers::pi; // scale 1/2
        distance = std::max({distance, f - static_cast<double>(i) / count, static_cast<double>(i + 1) / count - f});
    }
    CHECK(numerics::kolmogorov_upper_tail_asymptotic(distance, count) > 1e-6);
}

TEST_CASE("golden: outputs of the limit and of networks of width 500 follow their characteristic functions" *
          doctest::test_suite("slow")) {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    const auto far = [](const arma::mat& z, double u, double wanted) {
        return std::abs(arma::mean(arma::vectorise(arma::cos(u * z))) - wanted);
    };
    for (const auto& network : shallow_networks(*folder)) {
        const std::string& prior = network.first;
        CAPTURE(prior);
        const arma::mat limit = outputs_of(RandomKernel(relu(prior), one, {}, 2), 20'000, 1);
        const arma::mat wide = outputs_of(RandomKernel(relu(prior), one, of_width(500), 3), 6000, 1);
        for (const auto& value : network.second) {
            const double u = value.first;
            CAPTURE(u);
            CHECK(far(limit, u, value.second) < 0.026);
            CHECK(far(wide, u, value.second) < 5.0 * std::sqrt(0.5 / 6000.0) + 0.01);
        }
    }
}

TEST_CASE("golden: the mean of drawn kernels") {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    for (const data::Json& entry : data::read_json(*folder + "/moments.json")) {
        if (entry["var_K"].is_null()) continue;
        std::string prior = tests::expression(entry["kind"], entry["params"]);
        if (entry["a"].get<double>() > 0.0) prior += "+constant:c=" + data::to_text(entry["a"]);
        CAPTURE(prior);
        const double weight = entry["sigma_v2"].get<double>();
        const double bias = entry["sigma_b2"].get<double>();
        const auto layers = entry["hidden_layers"].get<std::size_t>();
        const double x = std::sqrt((entry["K1"].get<double>() - bias) / weight);
        const RandomKernel kernel(relu(prior, layers, std::sqrt(weight), std::sqrt(bias)), x * one, {}, 4);
        constexpr std::size_t count = 4000;
        double sum = 0.0;
        for (std::size_t i = 0; i < count; ++i)
            sum += kernel.draw(i, layers + 1)(0, 0);
        CHECK(std::abs(sum / count - entry["mean_K"].get<double>()) <=
              5.0 * std::sqrt(entry["var_K"].get<double>() / count));
    }
}

TEST_CASE("squares of two outputs are correlated, in the limit and at width 2000" * doctest::test_suite("slow")) {
    const std::size_t count = 50'000;
    for (const std::string prior : {"beta", "bernoulli"}) {
        CAPTURE(prior);
        const double limit = prior == "beta" ? 2.0 / 7.0 : 0.3;
        CHECK(std::abs(correlation_of_squares(outputs_of(RandomKernel(relu(prior), one, {}, 5), count, 2)) - limit) <
              0.06);
        CHECK(std::abs(correlation_of_squares(outputs_of(RandomKernel(relu(prior), one, of_width(2000), 4), count, 2)) -
                       limit) < 0.05);
    }
}

TEST_CASE("one input of a finite ReLU network: only active nodes are drawn, by the law of all") {
    // K' = sum_j relu(z_j)^2 / p: mean 1/2, variance 5 / (4 p); p = 70 is no multiple of a word's bits
    constexpr std::size_t width = 70;
    constexpr std::size_t count = 20'000;
    const RandomKernel single(relu("constant"), one, of_width(width), 7);
    const RandomKernel twice(relu("constant"), arma::mat(2, 1, arma::fill::ones), of_width(width), 7);
    arma::vec a(count);
    arma::vec b(count);
    for (std::size_t i = 0; i < count; ++i) {
        a(i) = single.draw(i, 2)(0, 0);
        b(i) = twice.draw(i, 2)(1, 0);
    }
    const double variance = 1.25 / width;
    for (const arma::vec& k : {a, b}) {
        CHECK(std::abs(arma::mean(k) - 0.5) < 5.0 * std::sqrt(variance / count));
        CHECK(arma::var(k) == doctest::Approx(variance).epsilon(0.06));
    }
}

TEST_CASE("golden: two pruned layers, and slopes of their error in the threshold" * doctest::test_suite("slow")) {
    const auto folder = tests::shared_folder("golden/mogp-sample");
    if (!folder) return;
    for (const data::Json& entry : data::read_json(*folder + "/prune_two_layers_mc.json")["cases"]) {
        const double alpha = entry["alpha"].get<double>();
        CAPTURE(alpha);
        const mixture::Prior prior{{mixture::Gbfry{alpha, entry["tau"].get<double>(), 1.0}}};
        const double eps = entry["eps"].get<double>();
        mixture::PruningPlan plan;
        plan.eps = {eps};
        plan.layers = 2;
        plan.width = entry["p"].get<std::size_t>();
        plan.count = 500;
        const mixture::SimulatedError error = mixture::simulate_pruning(prior, plan, {}).front();
        const double wanted = 4.0 * entry["err"].get<double>(); // E f^2 = 1/4
        CHECK(std::abs(error.relative - wanted) <=
              5.0 * std::hypot(error.standard_error, 4.0 * entry["se"].get<double>()));
        CHECK(error.relative <=
              mixture::threshold_error(mixture::limit_law(prior), eps, 2).bound.value() + 5.0 * error.standard_error);
    }
    for (const double alpha : {0.1, 0.3, 0.5}) {
        CAPTURE(alpha);
        mixture::PruningPlan plan;
        plan.eps = {1e-5, 1e-4, 1e-3, 1e-2, 1e-1};
        plan.layers = 2;
        plan.width = 2000;
        plan.count = 1000;
        const auto errors = mixture::simulate_pruning(mixture::Prior{{mixture::Gbfry{alpha, 5.0, 1.0}}}, plan, {});
        arma::mat design(5, 2, arma::fill::ones);
        arma::vec logs(5);
        for (std::size_t i = 0; i < 5; ++i) {
            design(i, 1) = std::log(plan.eps[i]);
            logs(i) = std::log(errors[i].relative);
        }
        const arma::vec line = arma::solve(design, logs);
        CHECK(std::abs(line(1) - (1.0 - alpha)) < 0.08);
    }
}
