// Shallow networks with node scales: steps, flows, pruning curves, tangent Gram matrices.
#include <cmath>

#include "limsym/base/parallel.hpp"
#include "limsym/nodescaling/descent_pass.hpp"
#include "limsym/nodescaling/pruning.hpp"
#include "limsym/nodescaling/simulated_data.hpp"
#include "limsym/nodescaling/tangent_gram.hpp"
#include "limsym/nodescaling/training.hpp"
#include "measure.hpp"

namespace limsym::bench {

namespace {

nodescaling::TrainingTask simulated_task(std::size_t n, std::size_t d, std::size_t m, double gamma, double alpha) {
    nodescaling::TrainingTask task;
    const arma::mat table = nodescaling::simulated_data(n, d, 0.1, 1, "simulated training rows");
    task.train.x = table.head_cols(d);
    task.train.y = table.tail_cols(1);
    task.initial.lambda = nodescaling::node_scales(m, {gamma, alpha, nodescaling::ScaleVariant::official_code});
    nodescaling::draw_weights(task.initial, d, 1, 2);
    return task;
}

template <typename T>
void time_steps(const std::string& folder, const nodescaling::TrainingTask& task, double rate, std::size_t steps,
                std::size_t runs) {
    const arma::Mat<T> y = arma::conv_to<arma::Mat<T>>::from(task.train.y);
    const double scaled = rate * task.slope();
    std::vector<double> times;
    for (std::size_t r = 0; r < runs; ++r) {
        nodescaling::DescentPass<T> pass(task.initial, task.train.x);
        double loss = 0.0;
        times.push_back(seconds([&] {
                            for (std::size_t step = 0; step < steps; ++step) {
                                const arma::Mat<T> residual = pass.outputs() - y;
                                loss += nodescaling::loss_of(residual, task.loss);
                                pass.descend(residual, scaled);
                            }
                        }) /
                        static_cast<double>(steps));
        write_doubles(folder + "/ours.f64", arma::conv_to<arma::mat>::from(pass.outputs()));
    }
    Record record;
    record.add("ours", times);
    record.print();
}

} // namespace

void shallow_steps(const std::string& folder, std::size_t n, std::size_t d, std::size_t m, const std::string& precision,
                   std::size_t steps, unsigned threads, std::size_t runs) {
    const base::ThreadLimit limit(threads);
    const nodescaling::TrainingTask task = simulated_task(n, d, m, 0.5, 0.7);
    write_doubles(folder + "/x.f64", task.train.x);
    write_doubles(folder + "/y.f64", task.train.y);
    write_doubles(folder + "/w.f64", task.initial.w);
    write_doubles(folder + "/a.f64", task.initial.signs);
    write_doubles(folder + "/lambda.f64", task.initial.lambda);
    if (precision == "f32")
        time_steps<float>(folder, task, 1.0, steps, runs);
    else
        time_steps<double>(folder, task, 1.0, steps, runs);
}

void shallow_flow(double gamma, double alpha, double time, unsigned threads, std::size_t runs) {
    const base::ThreadLimit limit(threads);
    const nodescaling::TrainingTask task = simulated_task(100, 50, 2000, gamma, alpha);
    double flow_loss = 0.0;
    double descent_loss = 0.0;
    const nodescaling::OnMeasure nothing = [](const nodescaling::TrainingMeasures&,
                                              const std::function<std::string()>&) {};
    Samples samples;
    for (std::size_t r = 0; r < runs; ++r) {
        samples.ours.push_back(seconds([&] {
            flow_loss =
                nodescaling::train(task, nodescaling::ExponentialFlow{{time}, 1e-2, 1}, nothing, {}).last.train_loss;
        }));
        samples.peer.push_back(seconds([&] {
            descent_loss =
                nodescaling::train(task, nodescaling::GradientDescent{1.0, static_cast<std::uint64_t>(time), 0, false},
                                   {}, nothing, [](const std::string&) {}, {})
                    .last.train_loss;
        }));
    }
    Record record;
    record.add("ours", samples.ours);
    record.add("peer", samples.peer);
    record.add("difference", std::abs(flow_loss / descent_loss - 1.0));
    record.print();
}

void shallow_pruning(std::size_t n, std::size_t d, std::size_t m, unsigned threads, std::size_t runs) {
    const base::ThreadLimit limit(threads);
    const nodescaling::TrainingTask task = simulated_task(n, d, m, 0.5, 0.7);
    const auto order = nodescaling::removal_order(task.initial, nodescaling::PruneOrder::scale, task.train.x, 0);
    std::vector<std::size_t> pruned;
    for (std::size_t i = 0; i < m; ++i)
        pruned.push_back(i);
    std::vector<nodescaling::PruneLevel> levels;
    std::vector<double> losses(m);
    const Samples samples = alternate(
        runs,
        [&] { levels = nodescaling::prune_curve(task.initial, order, pruned, task.train, nodescaling::Loss::mean); },
        [&] {
            for (const std::size_t level : pruned)
                losses[level] = nodescaling::loss_of(
                    arma::mat(nodescaling::outputs(nodescaling::pruned_network(task.initial, order, m - level),
                                                   task.train.x) -
                              task.train.y),
                    nodescaling::Loss::mean);
        });
    double difference = 0.0;
    for (std::size_t level = 0; level < m; ++level)
        difference = std::max(difference, std::abs(levels[level].loss / losses[level] - 1.0));
    Record record;
    record.add("ours", samples.ours);
    record.add("peer", samples.peer);
    record.add("difference", difference);
    record.print();
}

void shallow_tangents(const std::string& folder, std::size_t n, std::size_t d, std::size_t m, unsigned threads,
                      std::size_t runs) {
    const base::ThreadLimit limit(threads);
    const nodescaling::TrainingTask task = simulated_task(n, d, m, 0.5, 0.7);
    arma::mat gram;
    std::vector<double> times;
    for (std::size_t r = 0; r < runs; ++r)
        times.push_back(seconds([&] { gram = nodescaling::tangent_gram(task.initial, task.train.x); }));
    write_doubles(folder + "/ours.f64", gram);
    Record record;
    record.add("ours", times);
    record.print();
}

} // namespace limsym::bench
