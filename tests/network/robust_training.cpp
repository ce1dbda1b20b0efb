#include "limsym/network/robust_training.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "finite_golden.hpp"
#include "limsym/base/error.hpp"
#include "limsym/network/jacobian_ntk.hpp"

using namespace limsym;
using network::DescentPlan;
using network::GradientDescent;
using network::RobustLossValue;
using network::RobustObjective;
using network::TrainingState;

namespace {

// A network of 2 hidden layers on five points of the plane.
struct Small {
    network::MultilayerPerceptron shape;
    std::vector<double> parameters;
    arma::mat x{{0.3, -1.2, 0.8, 0.1, -0.4}, {1.0, 0.2, -0.7, 0.9, -1.1}};
    arma::vec y{1.0, -1.0, 0.5, 0.2, -0.3};

    explicit Small(const std::string& activation = "gelu") {
        network::Shorthand shorthand;
        shorthand.activation = network::parse_activation(activation, "-");
        shorthand.depth = 2;
        shorthand.sigma_w = 1.4;
        shorthand.sigma_b = 0.3;
        shape = network::make_perceptron(network::make_network(shorthand), {.inputs = 2, .width = 6});
        parameters = network::initial_parameters(shape, network::Initialisation::standard_normal, 11);
    }
};

} // namespace

TEST_CASE("robust loss: golden values, gradients and five steps") {
    for (const tests::FiniteCase& one : tests::finite_cases()) {
        RobustObjective objective(one.shape, one.x, one.y, {one.json.at("lambda"), one.kappa, true});
        std::vector<double> gradient(one.shape.parameters);
        const RobustLossValue value = objective.gradient(one.parameters, gradient);
        CHECK(value.loss == doctest::Approx(one.json.at("loss_value").get<double>()).epsilon(1e-11));
        CHECK(tests::largest_error(arma::vec(gradient), one.gradient()) < 1e-11);

        TrainingState<double> state(one.parameters, GradientDescent{});
        std::vector<double> losses;
        network::descend(objective, {.rate = one.json.at("gd_lr"), .steps = 5}, state, false,
                         [&](const RobustLossValue& at) { losses.push_back(at.loss); }, {});
        REQUIRE(losses.size() == 6);
        const auto golden = one.json.at("gd_losses").get<std::vector<double>>();
        for (std::size_t i = 0; i < golden.size(); ++i) // from the start on
            CHECK(losses[i] == doctest::Approx(golden[i]).epsilon(1e-11));
    }
}

TEST_CASE("robust loss: parts by definition, gradient by differences") {
    for (const bool mean : {true, false})
        for (const double lambda : {0.0, 0.7}) {
            CAPTURE(lambda);
            const Small small("tanh");
            RobustObjective objective(small.shape, small.x, small.y, {lambda, 1.7, mean});
            std::vector<double> gradient(small.shape.parameters);
            const RobustLossValue value = objective.gradient(small.parameters, gradient);
            const network::ValuesAndJacobian z =
                network::values_and_jacobian(small.shape, small.parameters, small.x, 1.7);
            CHECK(value.squared_error == doctest::Approx(arma::mean(arma::square(z.value - small.y))).epsilon(1e-13));
            CHECK(value.jacobian_penalty == doctest::Approx(arma::accu(arma::square(z.jacobian)) / 5).epsilon(1e-13));
            const double whole = mean ? 1.0 : 5.0;
            CHECK(value.loss ==
                  doctest::Approx(whole * (value.squared_error + lambda * value.jacobian_penalty) / 2).epsilon(1e-14));
            CHECK(objective.value(small.parameters).loss == value.loss);
            constexpr double step = 1e-5;
            for (std::size_t i = 0; i < gradient.size(); ++i) {
                std::vector<double> moved = small.parameters;
                moved[i] += step;
                const double up = objective.value(moved).loss;
                moved[i] -= 2 * step;
                const double down = objective.value(moved).loss;
                CHECK(std::abs((up - down) / (2 * step) - gradient[i]) < 1e-7);
            }
        }
}

TEST_CASE("robust descent: reports, resumed runs, divergence, stops") {
    const Small small;
    RobustObjective objective(small.shape, small.x, small.y, {0.05, 0.5, true});
    std::vector<std::size_t> steps;
    std::vector<double> losses;
    TrainingState<double> whole(small.parameters, GradientDescent{});
    const auto keep = [&](TrainingState<double>& state) {
        return [&](const RobustLossValue& value) {
            steps.push_back(state.epoch);
            losses.push_back(value.loss);
        };
    };
    network::descend(objective, {.rate = 0.5, .steps = 10, .every = 4}, whole, false, keep(whole), {});
    CHECK(steps == std::vector<std::size_t>{0, 4, 8, 10});
    CHECK(losses.back() < losses.front());

    // cut at 6, saved, restored, finished
    TrainingState<double> cut(small.parameters, GradientDescent{});
    network::descend(objective, {.rate = 0.5, .steps = 6, .every = 4}, cut, false, [](const RobustLossValue&) {}, {});
    TrainingState<double> resumed(small.parameters, GradientDescent{});
    resumed.restore(cut.bytes());
    const std::vector<double> all = losses;
    steps.clear();
    losses.clear();
    network::descend(objective, {.rate = 0.5, .steps = 10, .every = 4}, resumed, true, keep(resumed), {});
    CHECK(steps == std::vector<std::size_t>{8, 10});
    CHECK(losses == std::vector<double>{all[2], all[3]});
    CHECK(resumed.parameters == whole.parameters);

    // nothing left to do: no report, the loss of the end
    steps.clear();
    CHECK(network::descend(objective, {.rate = 0.5, .steps = 10, .every = 4}, resumed, true, keep(resumed), {}).loss ==
          all.back());
    CHECK(steps.empty());

    TrainingState<double> wild(small.parameters, GradientDescent{});
    const std::string message = tests::message_of<base::WorkError>([&] {
        return network::descend(objective, {.rate = 1e4, .steps = 50}, wild, false, [](const RobustLossValue&) {}, {});
    });
    CHECK(message.starts_with("training diverged at step "));

    TrainingState<double> stopped(small.parameters, GradientDescent{});
    base::Monitor monitor;
    monitor.stop_requested = [&] { return stopped.epoch == 3; };
    CHECK_THROWS_AS(network::descend(
                        objective, {.rate = 0.5, .steps = 10}, stopped, false, [](const RobustLossValue&) {}, monitor),
                    base::Interrupted);
    CHECK(stopped.epoch == 3);
    network::descend(objective, {.rate = 0.5, .steps = 10}, stopped, true, [](const RobustLossValue&) {}, {});
    CHECK(stopped.parameters == whole.parameters);
}

TEST_CASE("robust descent follows its gradient flow") {
    // Halving the rate and doubling the steps: the differences fall like the rate.
    const Small small("erf");
    RobustObjective objective(small.shape, small.x, small.y, {0.1, 1.0, false});
    const auto end = [&](std::size_t steps) {
        TrainingState<double> state(small.parameters, GradientDescent{});
        network::descend(objective, {.rate = 0.2 / static_cast<double>(steps), .steps = steps, .every = steps}, state,
                         false, [](const RobustLossValue&) {}, {});
        return arma::vec(state.parameters);
    };
    const arma::vec coarse = end(50);
    const arma::vec middle = end(100);
    const arma::vec fine = end(200);
    CHECK(arma::norm(coarse - middle) / arma::norm(middle - fine) == doctest::Approx(2.0).epsilon(0.1));
}
