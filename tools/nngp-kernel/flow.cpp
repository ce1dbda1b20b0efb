#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "common/network_options.hpp"
#include "common/value.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/data/table.hpp"
#include "limsym/process/gradient_flow.hpp"
#include "regression_options.hpp"

namespace limsym::tools {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct FlowCommandOptions {
    NetworkOptions network;
    DataOptions data;
    std::optional<std::string> train;
    std::optional<std::string> times;
    std::string layers = "all";
    std::optional<double> learning_rate;
    double regulariser = 0.0;
    ScaleOptions scale;
    bool largest_rate = false;
    std::optional<std::string> plot;
    std::vector<std::string> files;

    [[nodiscard]] process::TrainedLayers trained() const {
        return layers == "readout" ? process::TrainedLayers::readout : process::TrainedLayers::all;
    }
};

/// Numbers >= 0, ranges of them, and inf.
std::vector<double> parse_times(const std::string& text) {
    std::vector<double> times;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t comma = std::min(text.find(',', begin), text.size());
        const std::string word = text.substr(begin, comma - begin);
        if (word == "inf" || word == "+inf" || word == "infinity") {
            times.push_back(infinity);
        } else {
            const std::vector<double> some = cli::number_list(word, "--times", cli::Range::not_negative(), "times");
            times.insert(times.end(), some.begin(), some.end());
        }
        begin = comma + 1;
    }
    return times;
}

data::Json time_value(double time) {
    return std::isinf(time) ? data::Json("inf") : data::Json(time);
}

data::Json numbers(const arma::vec& values) {
    return arma::conv_to<std::vector<double>>::from(values);
}

data::Json state_record(const process::FlowState& state, const FlowCommandOptions& options) {
    data::Json record = data::Json::object();
    record["schema"] = "limsym/flow@1";
    record["t"] = time_value(state.time);
    record["layers"] = options.layers;
    record["mean"] = numbers(state.mean);
    if (state.variance.empty()) {
        record["var"] = std::vector<data::Json>(state.mean.n_elem, nullptr);
        record["var_reason"] = "infinite: so is the mean of s under " + options.scale.prior;
    } else {
        record["var"] = numbers(state.variance);
    }
    record["df"] = state.df ? data::Json(*state.df) : data::Json(nullptr);
    record["scale"] = state.df ? numbers(state.scale) : data::Json(nullptr);
    return record;
}

std::string time_text(double time) {
    return std::isinf(time) ? "infinity" : base::number_text(time);
}

/// mean -+ 2 sd, for each point in this order.
data::Series band_of(const process::FlowState& state, const arma::vec& x, const arma::uvec& order) {
    data::Series band;
    band.kind = data::Series::Kind::band;
    for (const arma::uword i : order) {
        const double reach = 2.0 * std::sqrt(state.variance(i));
        band.x.push_back(x(i));
        band.y.push_back(state.mean(i) - reach);
        band.y_upper.push_back(state.mean(i) + reach);
    }
    return band;
}

/// One feature: mean and band over x at every time.
data::Plot plot_over_x(const std::vector<process::FlowState>& states, const arma::mat& test,
                       const process::TrainingData& training) {
    data::Plot plot;
    plot.title = "law of the trained ensemble";
    plot.x_label = training.features[0];
    plot.y_label = training.targets[0];
    const arma::vec x = test.col(0);
    const arma::uvec order = arma::sort_index(x);
    for (const process::FlowState& state : states)
        if (!state.variance.empty()) plot.series.push_back(band_of(state, x, order));
    if (!plot.series.empty()) plot.series.front().title = "mean ± 2 sd";
    for (const process::FlowState& state : states) {
        data::Series mean;
        mean.title = "mean, t = " + time_text(state.time);
        for (const arma::uword i : order) {
            mean.x.push_back(x(i));
            mean.y.push_back(state.mean(i));
        }
        plot.series.push_back(std::move(mean));
    }
    data::Series points;
    points.kind = data::Series::Kind::points;
    points.title = "training data";
    points.x = arma::conv_to<std::vector<double>>::from(training.x.col(0));
    points.y = arma::conv_to<std::vector<double>>::from(training.y.col(0));
    plot.series.push_back(std::move(points));
    return plot;
}

/// Several features: the first points over time, infinite time left out.
data::Plot plot_over_time(std::vector<process::FlowState> states, const process::TrainingData& training) {
    constexpr arma::uword most = 6;
    std::erase_if(states, [](const process::FlowState& state) { return std::isinf(state.time); });
    std::stable_sort(states.begin(), states.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
    data::Plot plot;
    plot.title = "law of the trained ensemble, mean ± 2 sd";
    plot.x_label = "t";
    plot.y_label = training.targets[0];
    // A time of 0 has no place on a logarithmic axis.
    plot.log_x = states.size() > 2 && states.front().time > 0.0 && states.back().time > 100.0 * states.front().time;
    for (arma::uword i = 0; !states.empty() && i < std::min(most, states.front().mean.n_elem); ++i) {
        data::Series points;
        points.kind = data::Series::Kind::points;
        points.title = "row " + std::to_string(i + 1);
        for (const process::FlowState& state : states) {
            points.x.push_back(state.time);
            points.y.push_back(state.mean(i));
            if (!state.variance.empty()) points.error.push_back(2.0 * std::sqrt(state.variance(i)));
        }
        plot.series.push_back(std::move(points));
    }
    return plot;
}

process::TrainingData training_data(const FlowCommandOptions& options, cli::Context& context) {
    process::TrainingData training = read_training(options.data, *options.train, context);
    if (training.targets.size() != 1)
        throw base::InputError("--target", std::to_string(training.targets.size()) + " columns; expected one");
    return training;
}

void check_prior(const process::ScalePrior& prior) {
    if (prior.kind == process::PriorKind::ml2)
        throw base::InputError("--scale-prior",
                               "ml2 is fitted to data; expected a prior, because training does not update s");
}

int print_largest_rate(const FlowCommandOptions& options, cli::Context& context) {
    const network::Network net = read_network(options.network, context);
    const process::ScalePrior prior = read_scale_prior(options.scale.prior, context);
    check_prior(prior);
    const process::TrainingData training = training_data(options, context);
    context.memory().require(process::flow_bytes(training.x.n_rows, 0, options.trained()), "gradient flow");
    const process::FlowKernels kernels =
        process::flow_kernels(net, training.x, {}, options.trained(), context.monitor());
    const double s = prior.kind == process::PriorKind::point ? prior.parameters[0] : 1.0;
    const double largest = process::largest_rate(kernels, s);
    data::Json record = context.head("limsym/flow-rate@1");
    record["options"] = {
        {"target", options.data.target}, {"layers", options.layers}, {"scale_prior", process::to_text(prior)}};
    record["lambda_max"] = largest;
    if (largest > 0.0) {
        record["max_lr"] = 2.0 * static_cast<double>(training.y.n_elem) / largest;
    } else {
        record["max_lr"] = nullptr;
        record["max_lr_reason"] = "the kernel is 0; every rate is stable";
    }
    context.write(record);
    return 0;
}

int run(FlowCommandOptions& options, cli::Context& context) {
    if (options.largest_rate) {
        if (options.plot) throw base::InputError("--plot", "there is nothing to plot with --max-lr");
        if (options.times) throw base::InputError("--times", "there is no law to give with --max-lr");
        if (options.learning_rate)
            throw base::InputError("--lr", "is what --max-lr looks for; expected one of the two");
        if (!options.files.empty()) throw base::InputError(options.files[0], "--max-lr takes no TEST");
        return print_largest_rate(options, context);
    }
    if (!options.times) throw base::InputError("--times", "is missing; expected times, such as 0,10,1000,inf");
    if (options.files.empty()) options.files = {"-"};
    process::FlowOptions flow;
    flow.times = parse_times(*options.times);
    flow.learning_rate = options.learning_rate.value_or(1.0);
    flow.regulariser = options.regulariser;
    flow.prior = read_scale_prior(options.scale.prior, context);
    check_prior(flow.prior);
    const network::Network net = read_network(options.network, context);
    const process::TrainingData training = training_data(options, context);
    const data::Table table = data::read_table(context.source(options.files[0]));
    const process::TestData test = process::test_data(table, training);
    context.memory().require(process::flow_bytes(training.x.n_rows, test.x.n_rows, options.trained()), "gradient flow");
    const process::FlowKernels kernels =
        process::flow_kernels(net, training.x, test.x, options.trained(), context.monitor());
    const std::vector<process::FlowState> states =
        process::gradient_flow(kernels, training.y.col(0), flow, training.x, *options.train, context.monitor());
    for (const process::FlowState& state : states)
        context.write(state_record(state, options));
    if (options.plot)
        context.at_commit(
            [file = *options.plot, plot = training.features.size() == 1
                                              ? plot_over_x(states, test.x, training)
                                              : plot_over_time(states, training)] { data::write_plot(file, plot); });
    return 0;
}

} // namespace

cli::Command flow_command() {
    const auto options = std::make_shared<FlowCommandOptions>();
    cli::Command command("flow", "the law of an ensemble of networks at any time of training by gradient flow");
    command.describe("Networks are drawn from the prior and trained by gradient flow on 1/(2N) sum (f - y)^2, all "
                     "layers or the readout alone. Prints, for every time, mean and variance of the ensemble at the "
                     "rows of TEST, as NDJSON. Training leaves s as it is, so the law is the mixture over the prior "
                     "--scale-prior; it is a Student t at time 0 and infinity for inverse_gamma (df and scale are "
                     "given). A network with a bias in the readout is mixed over s by quadrature at every time.");
    command.example(
        "nngp-kernel flow --net net.json --train train.csv --target y --reg 1e-4 --times 0,100,inf test.csv",
        "the prior, a partly and a fully trained ensemble");
    command.example("nngp-kernel flow --net net.json --train train.csv --target y --max-lr",
                    "the largest stable learning rate of gradient descent");
    declare(command, options->network);
    command.group("Data");
    command.input(options->train, "--train", "table of features and target to train on").required = true;
    command.text(options->data.target, "--target", "COL", "target column, by name or 1-based number").required = true;
    command.text(options->data.features, "--features", "COL[,COL]",
                 "feature columns, by name or 1-based number; all that are not the target when left out");
    command.group("Training");
    command.text(options->times, "--times", "T[,T]", "times >= 0, ranges a:b:step, or inf for training to the end");
    command.choice(options->layers, "--layers", {"all", "readout"},
                   "which layers are trained: the kernel of training is the NTK, or the NNGP kernel");
    command.number(options->learning_rate, "--lr", "V", cli::Range::positive(), "times are multiplied by this")
        .default_text = "1";
    command.number(options->regulariser, "--reg", "V", cli::Range::not_negative(),
                   "added, times s, to the diagonal of the kernel of training");
    declare_prior(command, options->scale);
    command.flag(options->largest_rate, "--max-lr",
                 "print only the largest stable learning rate 2N/lambda_max (at s = 1 unless the prior is point:V)");
    command.group("Output");
    command.plot(options->plot, "the mean and 2 standard deviations, over the one feature or over time");
    command.operands(options->files, 0, 1, "[TEST]", "table of features to give the law at");
    command.results({data::Format::ndjson});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
