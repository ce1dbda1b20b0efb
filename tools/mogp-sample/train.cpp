#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "architecture_options.hpp"
#include "commands.hpp"
#include "labelled_data_options.hpp"
#include "limsym/base/checkpoint.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/number.hpp"
#include "limsym/mixture/map_training.hpp"
#include "limsym/network/network.hpp"

namespace limsym::tools {

namespace {

constexpr const char* checkpoint_kind = "mogp-sample train";

struct TrainOptions {
    ArchitectureOptions architecture;
    std::optional<std::size_t> width;
    LabelledDataOptions data;
    std::optional<std::string> test;
    std::optional<std::string> test_labels;
    std::size_t epochs = 50;
    std::size_t batch = 100;
    std::vector<double> rates{0.01, 0.005, 0.001};
    std::vector<double> rates_at;
    double prior_weight = 0.2;
    std::string precision = "f64";
    std::string method = "map";
    std::optional<std::string> checkpoint;
    std::optional<std::string> resume;
    std::optional<std::string> model_out;
};

network::StepRates read_rates(const TrainOptions& options) {
    network::StepRates result{options.rates, {}};
    std::vector<double> at = options.rates_at;
    if (at.empty() && result.rates.size() == 3) at = {10, 20};
    if (at.size() + 1 != result.rates.size())
        throw base::InputError("--lr-at", std::to_string(at.size()) + " epochs; expected " +
                                              std::to_string(result.rates.size() - 1) + ", one fewer than rates");
    double before = 0.0;
    for (const double epoch : at) {
        if (!(epoch > before) || epoch != std::floor(epoch) || epoch > 1e9)
            throw base::InputError("--lr-at", base::number_text(epoch) + "; expected increasing whole numbers >= 1");
        before = epoch;
        result.at.push_back(static_cast<std::size_t>(epoch));
    }
    return result;
}

// Parameters of the widest network that could be meant, before anything is allocated.
void require_parameters(const TrainOptions& options, std::size_t layers, const mixture::LabelledData& data,
                        const cli::Context& context) {
    using base::saturating_product;
    const std::uint64_t width = options.width.value_or(1);
    const std::uint64_t square = saturating_product(saturating_product(width, width), layers - 1);
    const std::uint64_t ends = saturating_product(width, data.features() + data.classes());
    context.memory().require(saturating_product(square > ends ? square : ends, 8 * sizeof(double)), "the network");
}

base::Identity identity_of(const TrainOptions& options, const mixture::MapModel& model,
                           const mixture::LabelledData& train, cli::Context& context) {
    const auto list = [](const std::vector<double>& values) {
        std::vector<std::string> words;
        for (const double value : values)
            words.push_back(base::number_text(value));
        return base::join(words, ",");
    };
    std::vector<std::string> priors;
    for (const mixture::TrainedVariances& variances : model.variances)
        priors.push_back(mixture::to_text(variances.prior));
    std::string widths;
    for (const network::Stage& stage : model.shape.stages)
        widths += (widths.empty() ? "" : ",") + std::to_string(stage.outputs);
    return {{"--prior", base::join(priors, " ")},
            {"network", network::network_sha256(model.network)},
            {"widths", widths},
            {"--batch", std::to_string(options.batch)},
            {"--lr", list(options.rates)},
            {"--lr-at", list(options.rates_at)},
            {"--prior-weight", base::number_text(options.prior_weight)},
            {"--precision", options.precision},
            {"--seed", std::to_string(context.seed())},
            {"data", train.sha256()}};
}

data::Json options_json(const TrainOptions& options, const mixture::MapModel& model, const network::StepRates& rates) {
    data::Json priors = data::Json::array();
    for (const mixture::TrainedVariances& variances : model.variances)
        priors.push_back(mixture::to_text(variances.prior));
    return {{"prior", std::move(priors)},
            {"network", network::to_json(model.network)},
            {"batch", options.batch},
            {"lr", rates.rates},
            {"lr_at", rates.at},
            {"prior_weight", options.prior_weight},
            {"precision", options.precision}};
}

int run(const TrainOptions& options, cli::Context& context) {
    if (options.method == "sghmc") throw base::InputError("--method", "sghmc is not supported; expected map");
    if (!options.model_out) throw base::InputError("--model-out", "is missing; expected a file for the network");
    const network::StepRates rates = read_rates(options);
    const network::Network net = read_network(options.architecture, context);
    const mixture::Architecture architecture = mixture::make_architecture(net, options.architecture.priors);
    if (!options.architecture.network.net && !options.width)
        throw base::InputError("--width", "is missing; expected the width of the hidden layers");
    const mixture::LabelledData train = read_data(options.data, std::nullopt, true, context);
    require_parameters(options, architecture.hidden.size(), train, context);
    std::vector<mixture::Prior> priors;
    for (const mixture::HiddenLayer& layer : architecture.hidden)
        priors.push_back(layer.prior);
    mixture::MapModel model =
        mixture::initial_map_model(net, priors, train.features(), options.width, train.classes(), context.seed());
    std::optional<mixture::LabelledData> test;
    if (options.test_labels && !options.test) throw base::InputError("--test-labels", "needs --test FILE, the images");
    if (options.test)
        test = read_further_data(options.data, *options.test, options.test_labels, model.outputs(), context);

    mixture::MapTrainingOptions how;
    how.epochs = options.epochs;
    how.batch = options.batch;
    how.rates = rates;
    how.prior_weight = options.prior_weight;
    how.precision = options.precision == "f32" ? mixture::Precision::f32 : mixture::Precision::f64;
    how.seed = context.seed();
    context.memory().require(mixture::training_bytes(model, train, how), "training");

    const bool identified = options.checkpoint || options.resume;
    const base::Identity identity = identified ? identity_of(options, model, train, context) : base::Identity{};
    std::string resume;
    if (options.resume) resume = base::load_checkpoint(*options.resume, checkpoint_kind, identity);
    if (options.checkpoint) context.graceful_stop();
    const auto after = [&](const mixture::MapEpoch& epoch) {
        data::Json line{{"schema", "limsym/progress@1"},
                        {"epoch", epoch.epoch},
                        {"train_loss", epoch.train_loss},
                        {"train_accuracy", epoch.train_accuracy}};
        if (epoch.test_accuracy) line["test_accuracy"] = *epoch.test_accuracy;
        context.write(line);
        context.flush();
        if (options.checkpoint) base::save_checkpoint(*options.checkpoint, checkpoint_kind, identity, epoch.state());
    };
    mixture::train_map(model, train, test ? &*test : nullptr, how, resume, after, context.monitor());

    data::Json record = context.head("limsym/mogp-train@1");
    record["options"] = options_json(options, model, rates);
    record["n"] = train.rows();
    record["outputs"] = model.outputs();
    record["width"] = model.shape.stages.front().outputs;
    record["hidden_layers"] = model.hidden_layers();
    record["epochs"] = options.epochs;
    record["train_accuracy"] = mixture::evaluate(model, train).accuracy;
    if (test) record["test_accuracy"] = mixture::evaluate(model, *test).accuracy;
    record["top_share"] = mixture::top_share(model);
    context.write(record);
    context.file (*options.model_out)(data::to_text(network::to_json_with_scales(model.document())) + "\n");
    return 0;
}

} // namespace

cli::Command train_command() {
    const auto options = std::make_shared<TrainOptions>();
    cli::Command command("train", "fit a classifier by maximum a posteriori, node variances included");
    command.describe(
        "Adam on all weights, biases (prior N(0, 1)) and logarithms of the node variances (the prior's own "
        "density of the variance); the variances of a constant prior stay. Starts from standard normal "
        "weights and variances 1 / width. Every epoch gives a line: train_loss is the mean cross-entropy of "
        "the batches as they were met and the penalty at the epoch's end, train_accuracy the accuracy in "
        "the same sense; the last line has the accuracy of the finished network, and the share of the "
        "variances' sum that the 5 % largest have in each hidden layer.");
    command.describe("A --checkpoint is written after every epoch; --resume goes on to the same bytes as an "
                     "uninterrupted run. --epochs may be raised then.");
    command.example(
        "mogp-sample train --prior horseshoe --depth 2 --width 200 --sigma-b 1 --readout-sigma-b 1 --target "
        "y --epochs 20 --model-out m.json train.csv",
        "a network whose unimportant nodes have variances near 0");
    declare(command, options->architecture);
    command.integer(options->width, "--width", "P", 1, std::numeric_limits<std::int64_t>::max(),
                    "width of the hidden layers that do not say theirs");
    declare(command, options->data);
    command.input(options->test, "--test", "further rows, for the accuracy after every epoch");
    command.input(options->test_labels, "--test-labels", "idx1 file of the classes of --test");
    command.group("Training");
    command.integer(options->epochs, "--epochs", "N", 1, 1'000'000'000, "passes over the rows");
    command.integer(options->batch, "--batch", "B", 1, 1'000'000'000, "rows of a step");
    command.numbers(options->rates, "--lr", "LIST", cli::Range::positive(), "rates of Adam, one after another");
    command.numbers(options->rates_at, "--lr-at", "LIST", cli::Range::any(),
                    "epochs, from 0, at which the rate changes (10,20)");
    command.number(options->prior_weight, "--prior-weight", "W", cli::Range::not_negative(), "weight of the prior");
    command.choice(options->precision, "--precision", {"f64", "f32"}, "numbers of the products");
    command.choice(options->method, "--method", {"map", "sghmc"}, "map; sghmc is not supported yet");
    command.output(options->checkpoint, "--checkpoint", "file for the state after every epoch");
    command.input(options->resume, "--resume", "go on from this checkpoint");
    command.output(options->model_out, "--model-out", "the trained network, limsym/network@1");
    command.operands(options->data.files, 0, 1, "[DATA]", "rows with classes (standard input)");
    command.results({data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
