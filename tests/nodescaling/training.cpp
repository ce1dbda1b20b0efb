#include <cmath>

#include "golden.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/nodescaling/descent_pass.hpp"
#include "limsym/nodescaling/pruning.hpp"
#include "limsym/nodescaling/tangent_gram.hpp"
#include "limsym/nodescaling/tangent_operator.hpp"
#include "limsym/nodescaling/training.hpp"
#include "limsym/nodescaling/training_run.hpp"
#include "limsym/numerics/eigen.hpp"

using namespace limsym;
using nodescaling::Loss;
using nodescaling::TrainingMeasures;
using nodescaling::TrainingTask;

namespace {

TrainingTask random_task(std::size_t n, std::size_t d, std::size_t m, std::size_t outputs,
                         const std::string& activation, double gamma = 0.3) {
    TrainingTask task;
    task.initial.activation = nodescaling::NodeActivation(activation);
    task.initial.lambda = nodescaling::node_scales(m, {gamma, 0.6, nodescaling::ScaleVariant::paper});
    nodescaling::draw_weights(task.initial, d, outputs, 11);
    nodescaling::ShallowNetwork data;
    data.lambda.ones(n);
    nodescaling::draw_weights(data, d, 1, 12);
    task.train.x = data.w.t();
    nodescaling::draw_weights(data, outputs, 1, 13);
    task.train.y = data.w.t();
    task.gram_rows = n;
    return task;
}

/// (phi'(Z) o (R C'))' X / sqrt(d), as it is written.
arma::mat plain_gradient(const nodescaling::ShallowNetwork& network, const arma::mat& x, const arma::mat& residual) {
    const arma::mat z = nodescaling::preactivations(network, x);
    arma::mat slopes(z.n_rows, z.n_cols);
    network.activation.evaluate<double>(z.memptr(), nullptr, slopes.memptr(), z.n_elem);
    const arma::mat spread = slopes % (residual * network.readout().t());
    return x.t() * spread / std::sqrt(static_cast<double>(network.inputs()));
}

struct Lines {
    std::vector<TrainingMeasures> measures;
    std::vector<std::string> states;
    nodescaling::OnMeasure on_measure = [this](const TrainingMeasures& line,
                                               const std::function<std::string()>& state) {
        measures.push_back(line);
        if (state) states.push_back(state());
    };
};

nodescaling::TrainedNetwork descend(const TrainingTask& task, const nodescaling::GradientDescent& method, Lines& lines,
                                    const std::string& resume = "") {
    return nodescaling::train(task, method, resume, lines.on_measure, [](const std::string&) {}, {});
}

double relative_difference(const arma::mat& a, const arma::mat& b) {
    return arma::abs(a - b).max() / arma::abs(b).max();
}

} // namespace

TEST_CASE("the fused pass equals the plain formula for awkward sizes, in both precisions") {
    struct Shape {
        std::size_t n, d, m, outputs;
    };
    for (const Shape& shape : {Shape{1, 1, 1, 1},
                               {5, 3, 7, 2},
                               {37, 8, 50, 1},
                               {64, 17, 12, 3},
                               {1500, 5, 13, 2},
                               {40, 700, 9, 1},
                               {100, 50, 200, 10}})
        for (const std::string activation : {"relu", "gelu"}) {
            const TrainingTask task = random_task(shape.n, shape.d, shape.m, shape.outputs, activation);
            CAPTURE(shape.n);
            CAPTURE(shape.d);
            CAPTURE(activation);
            nodescaling::ShallowNetwork network = task.initial;
            nodescaling::DescentPass<double> pass(network, task.train.x);
            nodescaling::DescentPass<float> single(network, task.train.x);
            const arma::mat f = nodescaling::outputs(network, task.train.x);
            CHECK(relative_difference(pass.outputs(), f) <= 1e-13);
            CHECK(relative_difference(arma::conv_to<arma::mat>::from(single.outputs()), f) <= 2e-5);
            const arma::mat residual = f - task.train.y;
            const arma::mat wanted = plain_gradient(network, task.train.x, residual);
            arma::mat gradient;
            pass.gradient(residual, gradient);
            CHECK(relative_difference(gradient, wanted) <= 1e-12);
            arma::fmat single_gradient;
            single.gradient(arma::conv_to<arma::fmat>::from(residual), single_gradient);
            CHECK(relative_difference(arma::conv_to<arma::mat>::from(single_gradient), wanted) <= 1e-4);
            pass.descend(residual, 0.1);
            network.w -= 0.1 * wanted;
            CHECK(relative_difference(pass.weights(), network.w) <= 1e-13);
            CHECK(relative_difference(pass.outputs(), nodescaling::outputs(network, task.train.x)) <= 1e-12);
            pass.set_weights(task.initial.w);
            CHECK(relative_difference(pass.outputs(), f) <= 1e-13);
        }
}

TEST_CASE("the gradient equals finite differences of both losses") {
    TrainingTask task = random_task(9, 4, 6, 2, "swish");
    for (const Loss loss : {Loss::mean, Loss::half_sum}) {
        task.loss = loss;
        nodescaling::ShallowNetwork network = task.initial;
        nodescaling::DescentPass<double> pass(network, task.train.x);
        arma::mat gradient;
        pass.gradient(pass.outputs() - task.train.y, gradient);
        gradient *= task.slope();
        const auto loss_at = [&](double step, std::size_t c, std::size_t j) {
            network.w = task.initial.w;
            network.w(c, j) += step;
            return nodescaling::loss_of(arma::mat(nodescaling::outputs(network, task.train.x) - task.train.y), loss);
        };
        for (std::size_t j = 0; j < 6; ++j)
            for (std::size_t c = 0; c < 4; ++c)
                CHECK(gradient(c, j) ==
                      doctest::Approx((loss_at(1e-5, c, j) - loss_at(-1e-5, c, j)) / 2e-5).epsilon(1e-6));
    }
}

TEST_CASE("gradients, twenty steps, pruning and features equal the reference vectors") {
    const auto folder = tests::shared_folder("golden/node-scaling");
    if (!folder) return;
    for (const tests::GoldenCase& golden : tests::golden_cases(*folder)) {
        CAPTURE(golden.network.activation.name());
        TrainingTask task;
        task.initial = golden.network;
        task.train = {golden.x, golden.y, {}};
        task.gram_rows = golden.x.n_rows;
        nodescaling::DescentPass<double> pass(golden.network, golden.x);
        arma::mat gradient;
        pass.gradient(pass.outputs() - golden.y, gradient);
        for (const Loss loss : {Loss::mean, Loss::half_sum}) {
            task.loss = loss;
            const arma::mat wanted = tests::matrix_of(golden.record.at("grad_" + nodescaling::loss_name(loss)));
            CHECK(relative_difference(task.slope() * gradient.t(), wanted) <= 1e-12);
            CHECK(
                nodescaling::loss_of(arma::mat(pass.outputs() - golden.y), loss) ==
                doctest::Approx(golden.record.at("loss_" + nodescaling::loss_name(loss)).get<double>()).epsilon(1e-12));
        }
        task.loss = Loss::mean;
        Lines lines;
        const data::Json& descent = golden.record.at("gd");
        const auto trained = descend(task, {descent.at("lr").get<double>(), 20, 1, false}, lines);
        for (const data::Json& record : descent.at("records")) {
            const TrainingMeasures& line = lines.measures[record.at("step").get<std::size_t>()];
            CHECK(line.train_loss == doctest::Approx(record.at("loss").get<double>()).epsilon(1e-11));
            CHECK(std::abs(line.gram->smallest - record.at("ntg_eigmin").get<double>()) <= 1e-10 * line.gram->largest);
        }
        nodescaling::ShallowNetwork network = golden.network;
        network.w = trained.w;
        const data::Json& prune = golden.record.at("prune");
        const auto order = nodescaling::removal_order(network, nodescaling::PruneOrder::scale, golden.x, 0);
        CHECK(order == prune.at("order").get<std::vector<std::size_t>>());
        for (const data::Json& level : prune.at("curve"))
            CHECK(nodescaling::prune_curve(network, order, {level.at("pruned").get<std::size_t>()}, task.train,
                                           Loss::mean)[0]
                      .loss == doctest::Approx(level.at("loss").get<double>()).epsilon(1e-11));
        const data::Json& top = golden.record.at("top_features");
        const auto leading = nodescaling::nodes_by_scale(network.lambda);
        const std::size_t k = top.at("k").get<std::size_t>();
        for (std::size_t r = 0; r < k; ++r)
            CHECK(leading[r] == top.at("index")[r].get<std::size_t>());
        CHECK(relative_difference(nodescaling::node_features(network, golden.x, leading, k),
                                  tests::matrix_of(top.at("values"))) <= 1e-11);
    }
}

TEST_CASE("flows reach the reference's losses by all three integrators") {
    const auto folder = tests::shared_folder("golden/node-scaling");
    if (!folder) return;
    for (const tests::GoldenCase& golden : tests::golden_cases(*folder)) {
        if (!golden.record.contains("flow")) continue;
        CAPTURE(golden.network.activation.name());
        const data::Json& flow = golden.record.at("flow");
        TrainingTask task;
        task.initial = golden.network;
        task.train = {golden.x, golden.y, {}};
        task.loss = flow.at("loss") == "mean" ? Loss::mean : Loss::half_sum;
        task.gram_rows = golden.x.n_rows;
        const auto times = flow.at("times").get<std::vector<double>>();
        const auto losses = flow.at("losses").get<std::vector<double>>();
        const auto check = [&](const Lines& lines, double tolerance) {
            REQUIRE(lines.measures.size() == times.size() + 1);
            for (std::size_t i = 0; i < times.size(); ++i) {
                CHECK(lines.measures[i + 1].time == times[i]);
                CHECK(lines.measures[i + 1].train_loss == doctest::Approx(losses[i]).epsilon(tolerance));
            }
        };
        Lines runge_kutta;
        static_cast<void>(
            nodescaling::train(task, nodescaling::RungeKuttaFlow{times, 1e-9, 1e-11}, runge_kutta.on_measure, {}));
        check(runge_kutta, 1e-7);
        Lines exponential;
        static_cast<void>(
            nodescaling::train(task, nodescaling::ExponentialFlow{times, 1e-5, 2}, exponential.on_measure, {}));
        check(exponential, 1e-4);
        Lines chebyshev;
        static_cast<void>(
            nodescaling::train(task, nodescaling::ChebyshevFlow{times, 1e-8, 1e-10}, chebyshev.on_measure, {}));
        check(chebyshev, 1e-5);
    }
}

TEST_CASE(
    "a flow from simulated data: losses, motion and eigenvalues of the reference; the loss stays below its bound") {
    const auto folder = tests::shared_folder("golden/node-scaling");
    if (!folder) return;
    TrainingTask task;
    arma::mat w;
    arma::mat a;
    task.train.x.load(*folder + "/sim-x.csv", arma::csv_ascii);
    task.train.y.load(*folder + "/sim-y.csv", arma::csv_ascii);
    w.load(*folder + "/sim-w0.csv", arma::csv_ascii);
    a.load(*folder + "/sim-a.csv", arma::csv_ascii);
    task.initial.w = w.t();
    task.initial.signs = a;
    task.gram_rows = task.train.x.n_rows;
    const data::Json document = data::read_json(*folder + "/flow30.json");
    for (const data::Json& run : document.at("runs")) {
        CAPTURE(run.at("gamma").dump());
        task.initial.lambda = nodescaling::node_scales(
            w.n_rows, {run.at("gamma").get<double>(), run.at("alpha").get<double>(), nodescaling::ScaleVariant::paper});
        Lines lines;
        static_cast<void>(
            nodescaling::train(task, nodescaling::ExponentialFlow{{10.0, 100.0}, 1e-3, 1}, lines.on_measure, {}));
        for (std::size_t i = 0; i < 2; ++i) {
            const data::Json& point = run.at("points")[i];
            const TrainingMeasures& line = lines.measures[i + 1];
            CHECK(line.train_loss == doctest::Approx(point.at("loss").get<double>()).epsilon(0.01));
            CHECK(line.largest_motion == doctest::Approx(point.at("wdiff_max").get<double>()).epsilon(0.04));
            CHECK(line.gram->smallest == doctest::Approx(point.at("ntg_eigmin").get<double>()).epsilon(0.25));
            CHECK(line.train_loss < lines.measures[i].train_loss);
            CHECK(line.train_loss <= 1.001 * line.bound.value_or(0.0));
        }
        Lines steps;
        static_cast<void>(descend(task, {0.1, 1000, 100, false}, steps));
        for (std::size_t i = 0; i < 2; ++i)
            CHECK(steps.measures[i == 0 ? 1 : 10].train_loss ==
                  doctest::Approx(run.at("points")[i].at("loss_gd_lr01").get<double>()).epsilon(1e-4));
    }
}

TEST_CASE("a resumed run has the weights and measures of the whole one; one bit more is another run") {
    const TrainingTask task = random_task(12, 3, 20, 2, "relu");
    for (const bool single : {false, true}) {
        Lines whole;
        const auto all = descend(task, {0.5, 30, 7, single}, whole);
        Lines first;
        static_cast<void>(descend(task, {0.5, 11, 7, single}, first));
        Lines rest;
        const auto resumed = descend(task, {0.5, 30, 7, single}, rest, first.states.back());
        CHECK(tests::largest_difference(all.w, resumed.w) == 0.0);
        CHECK(all.top_motion == resumed.top_motion);
        REQUIRE(rest.measures.size() == 4); // 14, 21, 28, 30
        CHECK(rest.measures.front().step == 14);
        CHECK(rest.measures.back().train_loss == whole.measures.back().train_loss);
        CHECK(whole.measures.front().flips == 0.0);
        Lines none;
        CHECK_THROWS_AS(descend(task, {0.5, 5, 7, single}, none, first.states.back()), base::InputError);
        CHECK_THROWS_AS(descend(task, {0.5, 30, 7, single}, none, first.states.back().substr(0, 50)), base::InputError);
    }
}

TEST_CASE("the same bits for one thread and for two") {
    const TrainingTask task = random_task(80, 10, 300, 2, "relu");
    const auto run = [&task](unsigned threads) {
        const base::ThreadLimit limit(threads);
        Lines lines;
        arma::mat w = descend(task, {0.5, 10, 0, false}, lines).w;
        Lines flow;
        const auto moved =
            nodescaling::train(task, nodescaling::ExponentialFlow{{5.0}, 1e-2, 1}, flow.on_measure, {}).w;
        return arma::mat(arma::join_rows(w, moved));
    };
    CHECK(tests::largest_difference(run(1), run(2)) == 0.0);
}

TEST_CASE("divergence is an error that names the step; rates above the stable one diverge, below do not") {
    TrainingTask task = random_task(10, 3, 40, 1, "relu", 1.0);
    task.loss = Loss::half_sum;
    const double stable = nodescaling::largest_stable_rate(task);
    const arma::mat gram = nodescaling::output_tangent_gram(task.initial, task.train.x);
    CHECK(stable == doctest::Approx(2.0 / numerics::symmetric_eigen(gram, false).values.back()).epsilon(1e-9));
    Lines lines;
    const std::string message = tests::message_of<base::WorkError>([&] {
        return descend(task, {1e4 * stable, 500, 1, false}, lines);
    });
    CHECK(message.find("training diverged at step") != std::string::npos);
    CHECK(message.find("--lr") != std::string::npos);
    CHECK_FALSE(lines.measures.empty());
    Lines calm;
    static_cast<void>(descend(task, {0.5 * stable, 200, 50, false}, calm));
    for (std::size_t i = 1; i < calm.measures.size(); ++i)
        CHECK(calm.measures[i].train_loss < calm.measures[i - 1].train_loss);
}

TEST_CASE("the tangent kernel of several outputs: products without the matrix, blocks of one output, top eigenvalue") {
    const TrainingTask task = random_task(14, 5, 90, 3, "gelu");
    const arma::mat gram = nodescaling::output_tangent_gram(task.initial, task.train.x);
    const arma::mat v = task.train.y;
    CHECK(relative_difference(arma::vectorise(nodescaling::tangent_product(task.initial, task.train.x, v)),
                              gram * arma::vectorise(v)) <= 1e-12);
    CHECK(relative_difference(gram.submat(14, 14, 27, 27), nodescaling::tangent_gram(task.initial, task.train.x)) <=
          1e-13);
    CHECK(nodescaling::largest_tangent_eigenvalue(task.initial, task.train.x) ==
          doctest::Approx(numerics::symmetric_eigen(gram, false).values.back()).epsilon(1e-10));
    // The outputs move by minus the kernel times the residual.
    nodescaling::DescentPass<double> pass(task.initial, task.train.x);
    const arma::mat before = pass.outputs();
    const arma::mat residual = before - task.train.y;
    pass.descend(residual, 1e-6);
    CHECK(relative_difference(arma::vectorise(pass.outputs() - before) / -1e-6, gram * arma::vectorise(residual)) <=
          1e-4);
}

TEST_CASE("wide uniform networks keep their features; leading nodes of unequal ones move") {
    const auto motion = [](double gamma, std::size_t m) {
        TrainingTask task = random_task(20, 6, m, 1, "relu", gamma);
        Lines lines;
        return nodescaling::train(task, nodescaling::ExponentialFlow{{20.0}, 1e-2, 1}, lines.on_measure, {})
            .last.largest_motion;
    };
    CHECK(motion(1.0, 4000) < 0.6 * motion(1.0, 400));
    CHECK(motion(0.2, 4000) > 0.7 * motion(0.2, 400));
}

TEST_CASE("the bound of a flow integrates the smallest eigenvalue by trapezoids") {
    nodescaling::LossBound bound(3.0, 0.5);
    bound.advance(0.0, 1.0);
    CHECK(bound.value() == 3.0);
    bound.advance(2.0, 3.0);
    CHECK(bound.value() == doctest::Approx(3.0 * std::exp(-2.0 * 0.5 * 4.0)).epsilon(1e-14));
    bound.advance(3.0, 3.0);
    CHECK(bound.value() == doctest::Approx(3.0 * std::exp(-7.0)).epsilon(1e-14));
}
