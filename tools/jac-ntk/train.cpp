// jac-ntk train: a finite network by full-batch robust gradient descent, beside its limit.
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "finite_network.hpp"
#include "limsym/base/checkpoint.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/network/robust_training.hpp"
#include "limsym/process/limit_comparison.hpp"
#include "network_options.hpp"
#include "training_options.hpp"

namespace limsym::tools {

namespace {

constexpr const char* checkpoint_kind = "jac-ntk train";

struct Options {
    std::vector<std::string> files;
    JacobianNetworkOptions network;
    TrainingOptions data;
    std::optional<std::size_t> width;
    double lambda = 0.01;
    std::string loss = "mean";
    double kappa = 1.0;
    double rate = 1.0;
    std::size_t steps = 1;
    std::optional<std::size_t> every;
    std::optional<std::string> test;
    bool compare_limit = false;
    std::optional<std::string> model_out;
    std::optional<std::string> checkpoint;
    std::optional<std::string> resume;
    std::optional<std::string> plot;
    bool timings = false;

    [[nodiscard]] network::RobustLoss robust_loss() const { return {lambda, kappa, loss == "mean"}; }
};

struct Work {
    process::TrainingData training;
    std::optional<arma::mat> test; ///< features, original units
    FiniteNetwork network;
};

FiniteNetwork read_finite(const Options& options, const arma::mat& x, const std::string& file, cli::Context& context) {
    const network::Network net = read_network(options.network, context);
    if (options.network.plain.activation && !options.width)
        throw base::InputError("--width", "is missing; expected the width of the hidden layers");
    if (!has_weights(net)) return drawn_network(net, x.n_cols, options.width, context.seed());
    if (options.width) throw base::InputError("--width", net.file + " has weights; expected one of the two");
    return given_network(net, x.n_cols, file);
}

base::Identity identity_of(const Options& options, const Work& work, const cli::Context& context) {
    const auto sha = [](const arma::mat& matrix) { return data::matrix_sha256(matrix); };
    const std::vector<double>& parameters = work.network.parameters;
    return {{"--target", work.training.targets.front()},
            {"--features", base::join(work.training.features, ",")},
            {"--standardise", options.data.standardise},
            {"--lambda", base::number_text(options.lambda)},
            {"--loss", options.loss},
            {"--kappa", base::number_text(options.kappa)},
            {"--lr", base::number_text(options.rate)},
            {"--every", options.every ? std::to_string(*options.every) : "absent"},
            {"--compare-limit", options.compare_limit ? "given" : "absent"},
            {"--seed", std::to_string(context.seed())},
            {"--width", options.width ? std::to_string(*options.width) : "absent"},
            {"network", network::network_sha256(work.network.description)},
            {"weights", sha(arma::mat(parameters.data(), parameters.size(), 1))},
            {"data", sha(arma::join_rows(work.training.x, work.training.y))},
            {"--test", work.test ? sha(*work.test) : "absent"}};
}

data::Json options_json(const Options& options, const Work& work) {
    data::Json result{{"target", work.training.targets.front()},
                      {"features", work.training.features},
                      {"standardise", options.data.standardise},
                      {"lambda", options.lambda},
                      {"loss", options.loss},
                      {"kappa", options.kappa},
                      {"lr", options.rate},
                      {"steps", options.steps},
                      {"every", options.every.value_or(options.steps)},
                      {"compare_limit", options.compare_limit}};
    if (options.width) result["width"] = *options.width;
    result["network"] = network_document(work.network.description);
    return result;
}

void add_number(data::Json& line, const std::string& name, double value,
                const std::string& reason = "beyond the range of doubles") {
    if (std::isfinite(value)) {
        line[name] = value;
        return;
    }
    line[name] = nullptr;
    line[name + "_reason"] = reason;
}

/// What was printed, for the plot.
struct Curves {
    std::vector<double> step;
    std::vector<double> loss;
    std::vector<double> kernel; ///< distances, with --compare-limit
    std::vector<double> values;

    [[nodiscard]] data::Plot plot() const {
        data::Plot plot;
        plot.x_label = "step";
        plot.y_label = "loss, distance to the limit";
        plot.log_y = true;
        const auto add = [&](const std::string& title, const std::vector<double>& y) {
            if (y.size() != step.size()) return;
            data::Series series;
            series.title = title;
            series.x = step;
            series.y = y;
            plot.series.push_back(std::move(series));
        };
        add("loss", loss);
        add("max |T - Theta|", kernel);
        add("max |f - limit| on the test rows", values);
        return plot;
    }
};

void require_memory(const Options& options, const Work& work, const cli::Context& context) {
    const std::uint64_t n = work.training.x.n_rows;
    std::uint64_t bytes = network::RobustObjective::bytes(work.network.shape, n);
    if (options.compare_limit)
        bytes += process::LimitComparison::bytes(work.network.shape, n, work.test ? work.test->n_rows : 0);
    context.memory().require(bytes, options.compare_limit ? "training beside the limit" : "training");
}

void check_steps(const Options& options, const network::TrainingState<double>& state) {
    if (state.epoch > options.steps)
        throw base::InputError("--steps", std::to_string(options.steps) + " is below the " +
                                              std::to_string(state.epoch) + " steps of the checkpoint");
}

int run(const Options& options, cli::Context& context) {
    const auto begin = std::chrono::steady_clock::now();
    const std::string file = options.files.empty() ? "-" : options.files.front();
    Work work{read_training(options.data, file, context), std::nullopt, {}};
    if (options.test) work.test = read_test(work.training, *options.test, context).x;
    if (options.test && !options.compare_limit)
        context.warn("--test: only --compare-limit measures at its rows, and it is not given");
    work.network = read_finite(options, work.training.x, file, context);
    require_memory(options, work, context);

    const bool identified = options.checkpoint || options.resume;
    const base::Identity identity = identified ? identity_of(options, work, context) : base::Identity{};
    network::TrainingState<double> state(work.network.parameters, network::GradientDescent{});
    if (options.resume) {
        state.restore(base::load_checkpoint(*options.resume, checkpoint_kind, identity));
        check_steps(options, state);
    }
    const arma::mat x = work.training.working_x().t();
    const arma::vec y = work.training.working_y().col(0);
    std::optional<process::LimitComparison> comparison;
    if (options.compare_limit) {
        const arma::mat test = work.test ? arma::mat(work.training.x_units.apply(*work.test).t()) : arma::mat();
        comparison.emplace(process::ComparedTraining{work.network.limit, work.network.shape, work.network.parameters, x,
                                                     y, test, options.robust_loss(), options.rate,
                                                     work.training.x_units.scale.t(), work.training.y_units.scale(0)},
                           context.monitor());
        const std::optional<double> bound = comparison->largest_rate();
        if (bound && options.rate >= *bound)
            context.warn("--lr " + base::number_text(options.rate) + " is not below " + base::number_text(*bound) +
                         ", the bound for stable descent in the limit");
    }

    if (options.checkpoint) context.graceful_stop();
    const auto save = [&] {
        if (options.checkpoint) base::save_checkpoint(*options.checkpoint, checkpoint_kind, identity, state.bytes());
    };
    Curves curves;
    const auto report = [&](const network::RobustLossValue& value) {
        data::Json line{
            {"schema", "limsym/progress@1"}, {"step", state.epoch}, {"loss", value.loss}, {"mse", value.squared_error}};
        add_number(line, "jac_penalty", value.jacobian_penalty); // no part of the loss where lambda is 0
        curves.step.push_back(static_cast<double>(state.epoch));
        curves.loss.push_back(value.loss);
        if (comparison) {
            const process::LimitDistances distances = comparison->at(state.parameters, state.epoch);
            add_number(line, "jntk_vs_init", distances.kernel_to_start);
            add_number(line, "jntk_vs_limit", distances.kernel_to_limit);
            const std::string reason = "descent in the limit diverges at this rate";
            if (distances.value) add_number(line, "test_f_dist", *distances.value, reason);
            if (distances.jacobian) add_number(line, "test_jac_dist", *distances.jacobian, reason);
            if (std::isfinite(distances.kernel_to_limit)) curves.kernel.push_back(distances.kernel_to_limit);
            if (distances.value && std::isfinite(*distances.value)) curves.values.push_back(*distances.value);
        }
        context.write(line);
        context.flush();
        save();
    };
    network::RobustObjective objective(work.network.shape, x, y, options.robust_loss());
    network::RobustLossValue last;
    try {
        last = network::descend(
            objective, {.rate = options.rate, .steps = options.steps, .every = options.every.value_or(options.steps)},
            state, options.resume.has_value(), report, context.monitor());
    } catch (const base::Interrupted&) {
        save();
        throw;
    }
    save();

    data::Json record = context.head("limsym/jac-train@1");
    record["options"] = options_json(options, work);
    record["n"] = x.n_cols;
    record["d"] = x.n_rows;
    if (const auto width = work.network.width()) {
        record["width"] = *width;
    } else {
        record["width"] = nullptr;
        record["width_reason"] = "hidden layers differ in width";
    }
    record["steps"] = options.steps;
    record["loss"] = last.loss;
    record["stopped"] = "steps";
    if (options.timings)
        record["seconds"] = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    context.write(record);
    if (options.model_out) {
        const network::Network trained = network::with_parameters<double>(work.network.description, work.network.shape,
                                                                          std::span<const double>(state.parameters));
        context.file (*options.model_out)(data::to_text(network::to_json_with_scales(trained)) + "\n");
        if (options.data.standardise != "none")
            context.note(*options.model_out + " takes standardised features" +
                         (options.data.standardise == "xy" ? " and gives the standardised target" : ""));
    }
    if (options.plot) data::write_plot(*options.plot, curves.plot());
    return 0;
}

} // namespace

cli::Command train_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("train", "train a finite network with a penalty on its Jacobian, beside its limit");
    command.describe(
        "Full-batch gradient descent on (1/2N) sum [(f(x_i) - y_i)^2 + lambda |grad f(x_i)|^2] (--loss sum: without "
        "1/N) with the exact gradient of the penalty, which costs as much for many inputs as for one. Step 0, every "
        "--every steps and the last step print a line: loss, mse = (1/N) sum (f - y)^2 and jac_penalty = (1/N) sum "
        "|grad "
        "f|^2, in the coordinates in which the network is trained.");
    command.describe(
        "--compare-limit adds the largest entries of T - T_0 and T - Theta, T the Jacobian NTK at the training points "
        "over kappa^2, and with --test the largest distances of f and of its gradient to the descent in the limit that "
        "starts from the same values and gradients. Its rate is stable below a bound of the largest eigenvalue; above "
        "it the limit diverges, and a warning says so.");
    command.describe(
        "A loss that is not finite, or 10^6 times the first, ends the run with exit status 1 and without a model. A "
        "--checkpoint is written at every line and when the run is interrupted; --resume goes on from it to the same "
        "bytes, and --steps may be raised then.");
    command.example(
        "jac-ntk train --activation gelu --depth 1 --sigma-w 1.5 --width 2048 --target y --kappa 0.1 --steps "
        "1000 --every 100 --test t.csv --compare-limit d.csv",
        "how near is a network of width 2048 to its limit while it is trained?");
    declare(command, options->network);
    command.integer(options->width, "--width", "M", 1, 10'000'000,
                    "draw the network from the seed, with this width of the hidden layers that do not say theirs");
    declare(command, options->data);
    command.input(options->test, "--test", "rows at which --compare-limit measures; the target may be missing");
    command.group("Training");
    command.number(options->lambda, "--lambda", "L", cli::Range::not_negative(), "weight of the Jacobian penalty");
    command.choice(options->loss, "--loss", {"mean", "sum"}, "mean or sum over the training rows");
    command.number(options->kappa, "--kappa", "K", cli::Range::positive(), "output scale of the network");
    command.number(options->rate, "--lr", "R", cli::Range::positive(), "size of a step");
    command.integer(options->steps, "--steps", "N", 1, 1'000'000'000, "steps of gradient descent");
    command.integer(options->every, "--every", "N", 1, 1'000'000'000, "steps between lines (all of them)");
    command.flag(options->compare_limit, "--compare-limit", "add distances to the start and to the limit");
    command.output(options->model_out, "--model-out", "the trained network, limsym/network@1 with weights");
    command.output(options->checkpoint, "--checkpoint", "file for the state at every line");
    command.input(options->resume, "--resume", "go on from this checkpoint");
    command.plot(options->plot, "loss and distances against steps");
    command.flag(options->timings, "--timings", "add the seconds it took as last field");
    command.operands(options->files, 0, 1, "[DATA]", "table of training rows (standard input)");
    command.results({data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
