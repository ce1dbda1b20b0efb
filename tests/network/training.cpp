#include "limsym/network/training.hpp"

#include <cmath>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "gradient_check.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/network/loss.hpp"
#include "limsym/network/network.hpp"
#include "limsym/network/propagation.hpp"
#include "support.hpp"

using namespace limsym;
using network::Adam;
using network::GradientDescent;
using network::Optimiser;
using tests::normal_matrix;

namespace {

// A regression problem with a known teacher.
struct Problem {
    network::MultilayerPerceptron shape;
    arma::mat x = normal_matrix(3, 64, 1);
    arma::mat y;

    Problem() {
        network::Shorthand shorthand;
        shorthand.activation = network::parse_activation("tanh", "-");
        shorthand.sigma_b = 0.5;
        shape = network::make_perceptron(network::make_network(shorthand), {.inputs = 3, .width = 16, .outputs = 1});
        y = arma::sin(x.row(0)) + 0.5 * x.row(1) % x.row(2);
    }
    [[nodiscard]] network::TrainingState<double> start(const network::OptimiserRule& rule) const {
        return {network::initial_parameters(shape, network::Initialisation::standard_normal, 3), rule};
    }
    [[nodiscard]] network::BatchGradient<double> gradient() const {
        auto pass = std::make_shared<network::Propagation<double>>(shape);
        return [this, pass](std::span<const std::size_t> samples, std::span<const double> parameters,
                            std::span<double> out) {
            arma::mat batch;
            arma::mat targets;
            network::gather_columns(x, samples, batch);
            network::gather_columns(y, samples, targets);
            arma::mat cotangent;
            const double loss = network::squared_error(pass->forward(parameters, batch), targets,
                                                       1.0 / static_cast<double>(samples.size()), &cotangent);
            pass->backward(parameters, cotangent, out);
            return loss;
        };
    }
};

} // namespace

TEST_CASE("losses: values, gradients by differences, extremes") {
    const arma::mat f = normal_matrix(3, 5, 2);
    const std::vector<std::uint32_t> labels{0, 2, 1, 1, 0};
    const arma::mat targets = normal_matrix(3, 5, 3);
    const arma::mat signs = arma::sign(normal_matrix(3, 5, 4));
    const auto check = [&](const auto& loss) {
        arma::mat cotangent;
        const double value = loss(f, &cotangent);
        for (std::size_t i = 0; i < f.n_elem; ++i) {
            arma::mat up = f;
            arma::mat down = f;
            up[i] += 1e-5;
            down[i] -= 1e-5;
            CHECK(cotangent[i] == doctest::Approx((loss(up, nullptr) - loss(down, nullptr)) / 2e-5).epsilon(1e-7));
        }
        return value;
    };
    CHECK(check([&](const arma::mat& o, arma::mat* c) { return network::squared_error(o, targets, 0.25, c); }) ==
          doctest::Approx(0.25 * arma::accu(arma::square(f - targets))));
    double expected = 0.0;
    for (std::size_t i = 0; i < 5; ++i)
        expected += std::log(arma::accu(arma::exp(f.col(i)))) - f(labels[i], i);
    CHECK(check([&](const arma::mat& o, arma::mat* c) {
              return network::cross_entropy<double>(o, labels, 0.2, c).loss;
          }) == doctest::Approx(0.2 * expected).epsilon(1e-13));
    CHECK(check([&](const arma::mat& o, arma::mat* c) { return network::logistic_loss(o, signs, 0.5, c); }) ==
          doctest::Approx(0.5 * arma::accu(arma::log1p(arma::exp(-signs % f)))).epsilon(1e-13));
    const arma::mat far = arma::colvec{1e4, -1e4};
    const std::vector<std::uint32_t> second{1};
    CHECK(network::cross_entropy<double>(far, second, 1.0, nullptr).loss == 2e4);
    const arma::mat minus = arma::colvec{-1.0, 1.0};
    CHECK(network::logistic_loss<double>(far, minus, 1.0, nullptr) == 2e4);
}

TEST_CASE("optimisers follow the rules of PyTorch: three steps by hand") {
    const auto run = [](const network::OptimiserRule& rule) {
        std::vector<double> p{1.0, -2.0};
        Optimiser<double> optimiser(rule, 2);
        for (int t = 0; t < 3; ++t) {
            const std::vector<double> g{p[0] * p[0], 3.0 * p[1]};
            optimiser.step(p, g, 0.1);
        }
        return p;
    };
    // torch 2.x: SGD(lr .1), SGD(momentum .9, nesterov, weight_decay .01), Adam(lr .1), AdamW(lr .1, weight_decay .01)
    // written out for p = 1 with gradient p^2 and p = -2 with gradient 3 p
    const auto by_hand = [](double start, const auto& gradient, auto update) {
        double p = start;
        for (int t = 1; t <= 3; ++t)
            p = update(p, gradient(p), t);
        return p;
    };
    const auto square = [](double p) { return p * p; };
    const auto triple = [](double p) { return 3.0 * p; };
    const auto both = [&](const network::OptimiserRule& rule, const auto& make) {
        const std::vector<double> p = run(rule);
        CHECK(p[0] == doctest::Approx(by_hand(1.0, square, make())).epsilon(1e-14));
        CHECK(p[1] == doctest::Approx(by_hand(-2.0, triple, make())).epsilon(1e-14));
    };
    both(GradientDescent{}, [] { return [](double p, double g, int) { return p - 0.1 * g; }; });
    both(GradientDescent{.momentum = 0.9, .nesterov = true, .weight_decay = 0.01}, [] {
        return [v = 0.0](double p, double g, int) mutable {
            g += 0.01 * p;
            v = 0.9 * v + g;
            return p - 0.1 * (g + 0.9 * v);
        };
    });
    for (const bool decoupled : {false, true})
        both(Adam{.weight_decay = 0.01, .decoupled = decoupled}, [&] {
            return [decoupled, m = 0.0, v = 0.0](double p, double g, int t) mutable {
                if (decoupled)
                    p -= 0.1 * 0.01 * p;
                else
                    g += 0.01 * p;
                m = 0.9 * m + 0.1 * g;
                v = 0.999 * v + 0.001 * g * g;
                const double root = std::sqrt(v / (1 - std::pow(0.999, t)));
                return p - 0.1 * (m / (1 - std::pow(0.9, t))) / (root + 1e-8);
            };
        });
}

TEST_CASE("groups have their own decay and rate, and what no group names is frozen") {
    std::vector<double> p{1.0, 1.0, 1.0};
    const std::vector<double> g{1.0, 1.0, 1.0};
    Optimiser<double> optimiser(GradientDescent{}, 3);
    const std::vector<network::ParameterGroup> groups{{{0, 1}, 0.5, 1.0}, {{2, 1}, 0.0, 10.0}};
    optimiser.step(p, g, 0.1, groups, 0.5);
    CHECK(p[0] == doctest::Approx(1.0 - 0.1 * (0.5 + 0.5)));
    CHECK(p[1] == 1.0);
    CHECK(p[2] == doctest::Approx(1.0 - 1.0 * 0.5));
    CHECK(network::norm<double>(g) == doctest::Approx(std::sqrt(3.0)));
    CHECK(network::clip_factor(2.0, 4.0) == 1.0);
    CHECK(network::clip_factor(4.0, 2.0) == doctest::Approx(0.5));
}

TEST_CASE("schedules") {
    const network::StepRates steps{{0.01, 0.005, 0.001}, {10, 20}};
    CHECK(network::rate_at(steps, 0, 50) == 0.01);
    CHECK(network::rate_at(steps, 9, 50) == 0.01);
    CHECK(network::rate_at(steps, 10, 50) == 0.005);
    CHECK(network::rate_at(steps, 49, 50) == 0.001);
    CHECK(network::rate_at(network::CosineRate{2.0}, 0, 10) == 2.0);
    CHECK(network::rate_at(network::CosineRate{2.0}, 5, 10) == doctest::Approx(1.0));
}

TEST_CASE("training learns, resumes to the same bytes, and does not depend on threads") {
    const Problem problem;
    network::TrainingPlan plan;
    plan.samples = 64;
    plan.batch = 20;
    plan.epochs = 12;
    plan.seed = 4;
    plan.schedule = network::ConstantRate{0.02};
    plan.clip = 5.0;
    std::vector<double> losses;
    const auto record = [&](const network::Epoch& epoch) {
        losses.push_back(epoch.loss);
        return true;
    };
    auto whole = problem.start(plan.rule);
    {
        const base::ThreadLimit one(1);
        network::train<double>(plan, whole, problem.gradient(), record, {});
    }
    CHECK(losses.size() == 12);
    CHECK(losses.back() < 0.5 * losses.front());

    auto first = problem.start(plan.rule);
    network::TrainingPlan half = plan;
    half.epochs = 5;
    network::train<double>(half, first, problem.gradient(), {}, {});
    const std::string saved = first.bytes();
    auto second = problem.start(plan.rule);
    second.restore(saved);
    CHECK(second.epoch == 5);
    network::train<double>(plan, second, problem.gradient(), {}, {});
    CHECK(second.parameters == whole.parameters);
    CHECK(second.bytes() == whole.bytes());

    auto other = problem.start(plan.rule);
    network::TrainingPlan reseeded = plan;
    reseeded.seed = 5;
    network::train<double>(reseeded, other, problem.gradient(), {}, {});
    CHECK(other.parameters != whole.parameters);

    CHECK_THROWS_AS(second.restore(saved.substr(0, saved.size() - 1)), base::InputError);
    CHECK_THROWS_AS(second.restore(saved + "x"), base::InputError);
}

TEST_CASE("divergence and interrupts leave the last finished epoch") {
    const Problem problem;
    network::TrainingPlan plan;
    plan.samples = 64;
    plan.batch = 16;
    plan.epochs = 200;
    plan.rule = GradientDescent{};
    plan.schedule = network::StepRates{{0.01, 1e9}, {2}};
    auto state = problem.start(plan.rule);
    const std::string message = tests::message_of<base::WorkError>([&] {
        network::train<double>(plan, state, problem.gradient(), {}, {});
        return 0;
    });
    CHECK(message.find("training diverged in epoch 3: the loss is ") == 0);
    CHECK(state.epoch == 2);
    CHECK(arma::vec(state.parameters).is_finite());

    plan.schedule = network::ConstantRate{0.01};
    state = problem.start(plan.rule);
    int batches = 0;
    base::Monitor monitor;
    monitor.stop_requested = [&] { return ++batches == 6; };
    CHECK_THROWS_AS(network::train<double>(plan, state, problem.gradient(), {}, monitor), base::Interrupted);
    CHECK(state.epoch == 1);
}
