#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/checkpoint.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "network_options.hpp"
#include "training_options.hpp"

namespace limsym::tools {

namespace {

constexpr const char* checkpoint_kind = "node-scaling train";

struct TrainOptions {
    DataOptions data;
    std::optional<std::string> model;
    InitialNetworkOptions network;
    TrainingOptions training;
    std::optional<std::string> model_out;
    bool force = false;
    std::optional<std::string> checkpoint;
    std::optional<std::string> resume;
    std::optional<std::string> plot;
};

/// The network to start from, in the units of the training rows.
nodescaling::ShallowNetwork initial_network(const TrainOptions& options, const DataParts& parts,
                                            std::optional<nodescaling::ShallowNetwork> given, cli::Context& context) {
    nodescaling::ShallowNetwork network;
    if (given) {
        network = std::move(*given);
        nodescaling::require_fit(parts.train, network);
        if (network.units && !options.training.standardise.empty())
            throw base::InputError("--standardise", "the model is standardised already; expected no --standardise");
        if (network.units) return network;
    } else {
        network = draw_network(options.network, parts.train.x.n_cols, parts.train.y.n_cols, context.seed(), context);
    }
    network.units = units_of(options.training, parts.train, context);
    return network;
}

data::Json options_of(const TrainOptions& options, const TrainingMethod& method,
                      const nodescaling::ShallowNetwork& network) {
    data::Json result = options.data.json();
    result.update(to_options(network));
    if (options.model) result["model_sha256"] = data::matrix_sha256(network.w);
    result.update(to_options(options.training, method));
    return result;
}

base::Identity identity_of(const data::Json& shaped, const nodescaling::TrainingTask& task, std::uint64_t seed) {
    base::Identity identity;
    for (const auto& [key, value] : shaped.items())
        identity.emplace_back("--" + key, data::to_text(value));
    identity.emplace_back("--seed", std::to_string(seed));
    identity.emplace_back("data", data::matrix_sha256(arma::join_rows(task.train.x, task.train.y)));
    if (task.test) identity.emplace_back("test data", data::matrix_sha256(arma::join_rows(task.test->x, task.test->y)));
    return identity;
}

data::Json progress_line(const nodescaling::TrainingMeasures& measures, const std::string& no_bound) {
    data::Json line{{"schema", "limsym/progress@1"},
                    {"step", measures.step},
                    {"time", measures.time},
                    {"train_loss", measures.train_loss}};
    if (measures.test_loss) line["test_loss"] = *measures.test_loss;
    if (measures.train_accuracy) line["train_acc"] = *measures.train_accuracy;
    if (measures.test_accuracy) line["test_acc"] = *measures.test_accuracy;
    if (measures.gram) {
        line["ntg_eigmin"] = measures.gram->smallest;
        line["ntg_eigmax"] = measures.gram->largest;
        line["ntg_diff_2"] = measures.gram->difference;
        line["ntg_align"] = measures.gram->alignment;
    }
    line["wdiff_max"] = measures.largest_motion;
    line["flips"] = measures.flips;
    if (measures.gram) {
        line["bound"] = measures.bound ? data::Json(*measures.bound) : data::Json();
        if (!measures.bound) line["bound_reason"] = no_bound;
    }
    return line;
}

std::string reason_without_bound(const TrainingOptions& training, const nodescaling::TrainingTask& task) {
    if (!training.is_flow()) return "gradient descent";
    return task.train.y.n_cols > 1 ? "more than one output" : "not all training rows are followed";
}

data::Json result_line(const TrainOptions& options, const data::Json& shaped, const nodescaling::TrainingTask& task,
                       const nodescaling::TrainedNetwork& trained, cli::Context& context) {
    data::Json record = context.head("limsym/node-train@1");
    if (options.model) record.erase("seed");
    record["options"] = shaped;
    record["n"] = task.train.x.n_rows;
    if (task.test) record["n_test"] = task.test->x.n_rows;
    record["d"] = task.initial.inputs();
    record["m"] = task.initial.nodes();
    record["outputs"] = task.initial.outputs();
    record["steps"] = trained.last.step;
    record["time"] = trained.last.time;
    record["train_loss"] = trained.last.train_loss;
    if (trained.last.test_loss) record["test_loss"] = *trained.last.test_loss;
    if (trained.last.train_accuracy) record["train_acc"] = *trained.last.train_accuracy;
    if (trained.last.test_accuracy) record["test_acc"] = *trained.last.test_accuracy;
    record["eigmin_star"] =
        trained.smallest_mean_eigenvalue ? data::Json(*trained.smallest_mean_eigenvalue) : data::Json();
    if (!trained.smallest_mean_eigenvalue) record["eigmin_star_reason"] = "no rows are followed (--ntg-points 0)";
    record["lr_max"] = trained.largest_rate;
    record["top_node"] = trained.top_node;
    record["wdiff_top_path"] = trained.top_motion;
    record["stopped"] = options.training.is_flow() ? "time" : "steps";
    return record;
}

data::Plot loss_plot(const std::vector<nodescaling::TrainingMeasures>& lines) {
    data::Plot plot;
    plot.title = "loss along training";
    plot.x_label = "time";
    plot.y_label = "loss";
    plot.log_y = true;
    const auto add = [&](const std::string& title, const auto& value) {
        data::Series series;
        series.title = title;
        for (const nodescaling::TrainingMeasures& line : lines)
            if (const std::optional<double> y = value(line); y && *y > 0.0) {
                series.x.push_back(line.time);
                series.y.push_back(*y);
            }
        if (!series.x.empty()) plot.series.push_back(std::move(series));
    };
    add("training", [](const auto& line) { return std::optional<double>(line.train_loss); });
    add("test", [](const auto& line) { return line.test_loss; });
    add("bound", [](const auto& line) { return line.bound; });
    return plot;
}

int run(const TrainOptions& options, cli::Context& context) {
    if (const std::string described = options.network.given(); options.model && !described.empty())
        throw base::InputError("--model", "gives the network already; expected no " + described + " beside it");
    if (options.training.is_flow() && (options.checkpoint || options.resume))
        throw base::InputError(options.checkpoint ? "--checkpoint" : "--resume", "belongs to --method gd");
    std::optional<nodescaling::ShallowNetwork> given;
    if (options.model) given = read_model(*options.model, context);
    const TrainingMethod method =
        make_method(options.training, given ? given->activation : options.network.node_activation());
    const DataParts parts = read_parts(options.data, given ? std::optional(given->outputs()) : std::nullopt, context);
    const nodescaling::TrainingTask task =
        make_task(initial_network(options, parts, std::move(given), context), parts, options.training, context);
    const ModelOutput output(options.model_out, task.initial.w.n_elem, options.force, context);
    require_memory(task, method, 1, context);
    const data::Json shaped = options_of(options, method, task.initial);
    const base::Identity identity = identity_of(shaped, task, context.seed());
    std::string resume;
    if (options.resume) resume = base::load_checkpoint(*options.resume, checkpoint_kind, identity);
    if (options.checkpoint) context.graceful_stop();

    std::vector<nodescaling::TrainingMeasures> lines;
    const std::string no_bound = reason_without_bound(options.training, task);
    const auto save = [&](const std::string& state) {
        base::save_checkpoint(*options.checkpoint, checkpoint_kind, identity, state);
    };
    const nodescaling::OnMeasure on_measure = [&](const nodescaling::TrainingMeasures& measures,
                                                  const std::function<std::string()>& state) {
        context.write(progress_line(measures, no_bound));
        context.flush();
        if (options.checkpoint) save(state());
        if (options.plot) lines.push_back(measures);
    };
    nodescaling::TrainedNetwork trained;
    if (const auto* descent = std::get_if<nodescaling::GradientDescent>(&method))
        trained = nodescaling::train(
            task, *descent, resume, on_measure,
            [&](const std::string& state) {
                if (options.checkpoint) save(state);
            },
            context.monitor());
    else if (const auto* exponential = std::get_if<nodescaling::ExponentialFlow>(&method))
        trained = nodescaling::train(task, *exponential, on_measure, context.monitor());
    else if (const auto* runge_kutta = std::get_if<nodescaling::RungeKuttaFlow>(&method))
        trained = nodescaling::train(task, *runge_kutta, on_measure, context.monitor());
    else
        trained = nodescaling::train(task, std::get<nodescaling::ChebyshevFlow>(method), on_measure, context.monitor());
    context.write(result_line(options, shaped, task, trained, context));
    if (output.wanted()) {
        nodescaling::ShallowNetwork network = task.initial;
        network.w = trained.w;
        data::Json head = context.head("limsym/node-model@1");
        if (options.model) head.erase("seed");
        head["options"] = shaped;
        output.write(head, network);
    }
    if (options.plot)
        context.at_commit([plot = loss_plot(lines), file = *options.plot] { data::write_plot(file, plot); });
    return 0;
}

} // namespace

cli::Command train_command() {
    const auto options = std::make_shared<TrainOptions>();
    cli::Command command("train", "gradient descent or the gradient flow, with the tangent Gram matrix on the way");
    command.describe(
        "Only the weights of the hidden nodes are trained; scales and signs stay. Lines tell the losses, "
        "the smallest and largest eigenvalue of the tangent Gram matrix, how far it has moved (ntg_diff_2, "
        "a spectral norm) and how it is aligned with the first target, how far the nodes have moved, and "
        "the share of pre-activations that changed sides. Losses are in the model's units.");
    command.describe(
        "flow-exp freezes the tangent features for a step and moves along them exactly: it takes about ten "
        "steps where features do not move (gamma = 1), whatever the time. Along a flow with one output "
        "and all rows followed, bound is L_0 exp(-2 s integral of the smallest eigenvalue), which the loss "
        "does not exceed.");
    command.describe("Without --model the network that init prints for the same options is trained. A --checkpoint is "
                     "written at every line and when the run is interrupted; --resume goes on to the same bytes as an "
                     "uninterrupted run, and --steps may be raised then.");
    command.example("node-scaling simulate --seed 1 | node-scaling train --target y --gamma 0.2 --alpha 0.5 --method "
                    "flow-exp --time 50000 --plot run.svg - > run.ndjson",
                    "the gradient flow, and its losses as a picture");
    command.example("node-scaling train --gamma 0.5 --target strength --split 0.4,0.4,0.2 --permute-seed 10 "
                    "--standardise xy --steps 100000 --every 1000 --model-out m.h5 concrete.csv",
                    "gradient descent on two fifths of a table, a fifth for the test loss");
    declare_data(command, options->data);
    command.group("Start");
    command.input(options->model, "--model", "network to start from, in place of a random one");
    declare(command, options->network);
    declare(command, options->training);
    command.group("Output");
    command.output(options->model_out, "--model-out", "the trained network, .json or .h5");
    declare_force(command, options->force);
    command.output(options->checkpoint, "--checkpoint", "gd: file for the state at every line");
    command.input(options->resume, "--resume", "gd: go on from this checkpoint");
    command.plot(options->plot, "losses, and the bound, against time");
    command.results({data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
