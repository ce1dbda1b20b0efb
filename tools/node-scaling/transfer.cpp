#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "commands.hpp"
#include "common/value.hpp"
#include "data_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/nodescaling/transfer.hpp"
#include "network_options.hpp"

namespace limsym::tools {

namespace {

struct TransferOptions {
    std::optional<std::string> model;
    DataOptions data;
    std::vector<double> k;
    std::string head = "ridge:1e-6";
    std::optional<std::size_t> export_count;
    std::optional<std::string> plot;
};

nodescaling::TransferHead head_of(const std::string& text, std::uint64_t seed) {
    if (text == "mlp") return nodescaling::PerceptronHead{seed};
    if (text == "ridge") return nodescaling::RidgeHead{};
    if (text.starts_with("ridge:"))
        return nodescaling::RidgeHead{cli::number_value(text.substr(6), "--head", cli::Range::not_negative(), "ridge")};
    throw base::InputError("--head", base::quoted(text) + " is unknown; expected ridge, ridge:PENALTY or mlp");
}

std::vector<std::size_t> counts_of(const TransferOptions& options, std::size_t m) {
    std::vector<std::size_t> counts;
    for (const double k : options.k) {
        if (k < 1.0 || k > static_cast<double>(m) || k != std::floor(k))
            throw base::InputError("--k", base::number_text(k) +
                                              " is out of range; expected whole numbers, 1 <= k <= " +
                                              std::to_string(m) + ", the nodes of the model");
        counts.push_back(static_cast<std::size_t>(k));
    }
    if (!counts.empty()) return counts;
    for (std::size_t k = 10; k <= std::min<std::size_t>(m, 100); k += 10)
        counts.push_back(k);
    if (counts.empty()) counts.push_back(m);
    return counts;
}

int export_features(const TransferOptions& options, const nodescaling::ShallowNetwork& network, cli::Context& context) {
    if (options.data.test || !options.data.split.empty() || !options.k.empty())
        throw base::InputError("--export", "writes features of all rows; expected no --test, --split or --k");
    const std::size_t count = *options.export_count;
    if (count > network.nodes())
        throw base::InputError("--export", std::to_string(count) + " is out of range; expected 1 <= K <= " +
                                               std::to_string(network.nodes()) + ", the nodes of the model");
    nodescaling::ColumnChoice columns = options.data.columns();
    columns.one_hot = false;
    const nodescaling::NodeData data = nodescaling::read_node_data(context.source(options.data.files.front()), columns);
    if (data.x.n_cols != network.inputs())
        throw base::InputError(data.file, std::to_string(data.x.n_cols) + " feature columns; the model has " +
                                              std::to_string(network.inputs()));
    std::vector<std::string> names;
    for (std::size_t j = 1; j <= count; ++j)
        names.push_back("h" + std::to_string(j));
    names.insert(names.end(), data.targets.begin(), data.targets.end());
    const arma::mat h = nodescaling::node_features(network, network.working_x(data.x),
                                                   nodescaling::nodes_by_scale(network.lambda), count);
    data::write_csv(context.out(), names, arma::join_rows(h, data.y));
    return 0;
}

nodescaling::LabelledRows working_rows(const nodescaling::ShallowNetwork& network, const nodescaling::NodeData& data) {
    nodescaling::require_fit(data, network);
    return {network.working_x(data.x), network.working_y(data.y), data.labels};
}

/// Rows that train the head and rows that judge it: DATA and --test, or the halves of the middle part of --split.
std::pair<nodescaling::NodeData, nodescaling::NodeData> head_rows(const DataParts& parts, bool split) {
    if (!split) {
        if (!parts.test) throw base::InputError("--test", "is missing; expected --test FILE or --split F1,F2,F3");
        return {parts.train, *parts.test};
    }
    if (!parts.middle)
        throw base::InputError("--split", "transfer halves the second of three parts; expected F1,F2,F3");
    const std::size_t n = parts.middle->rows();
    if (n < 2) throw base::InputError("--split", "the second part has one row; expected at least 2");
    std::vector<std::size_t> rows(n);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    const auto half = rows.begin() + static_cast<std::ptrdiff_t>(n / 2);
    return {nodescaling::part_of(*parts.middle, {rows.begin(), half}),
            nodescaling::part_of(*parts.middle, {half, rows.end()})};
}

int run(const TransferOptions& options, cli::Context& context) {
    const nodescaling::TransferHead head = head_of(options.head, context.seed());
    const nodescaling::ShallowNetwork network = read_model(*options.model, context);
    if (options.export_count) return export_features(options, network, context);
    const std::vector<std::size_t> counts = counts_of(options, network.nodes());
    const DataParts parts = read_parts(options.data, network.outputs(), context);
    const auto [train_data, test_data] = head_rows(parts, !options.data.split.empty());
    const nodescaling::LabelledRows train = working_rows(network, train_data);
    const nodescaling::LabelledRows test = working_rows(network, test_data);
    const bool classes = !train.labels.empty();
    arma::mat table(counts.size(), classes ? 5 : 3, arma::fill::none);
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const nodescaling::TransferScore score =
            nodescaling::transfer(network, train, test, counts[i], head, context.monitor());
        table(i, 0) = static_cast<double>(counts[i]);
        table(i, 1) = score.train_loss;
        table(i, 2) = score.test_loss;
        if (classes) {
            table(i, 3) = score.train_accuracy.value_or(0.0);
            table(i, 4) = score.test_accuracy.value_or(0.0);
        }
        context.monitor().advance(static_cast<double>(i + 1), static_cast<double>(counts.size()), "heads");
    }
    std::vector<std::string> names{"k", "train_loss", "test_loss"};
    if (classes) names.insert(names.end(), {"train_acc", "test_acc"});
    data::write_csv(context.out(), names, table);
    if (options.plot) {
        data::Plot plot;
        plot.title = "transfer of the leading features";
        plot.x_label = "features";
        plot.y_label = classes ? "test accuracy" : "test loss";
        data::Series series;
        series.x = arma::conv_to<std::vector<double>>::from(table.col(0));
        series.y = arma::conv_to<std::vector<double>>::from(table.col(classes ? 4 : 2));
        plot.series.push_back(std::move(series));
        context.at_commit([plot, file = *options.plot] { data::write_plot(file, plot); });
    }
    return 0;
}

} // namespace

cli::Command transfer_command() {
    const auto options = std::make_shared<TransferOptions>();
    cli::Command command("transfer", "the leading nodes' features on new data: heads fitted on them, or the features");
    command.describe("The features of a row are sqrt(scale) phi(z) of the k nodes with the largest scales, of equals "
                     "the lower node first. A head is fitted on them for every k: ridge regression with a free "
                     "intercept, or mlp, a perceptron with two hidden layers trained as in the authors' programs (64 "
                     "wide, rate 0.1, 5000 steps; for classes 128 wide, rate 1, 10000 steps). With --split the head is "
                     "trained on the first half of the second part and tested on the other. Losses are means, in the "
                     "model's units.");
    command.example("node-scaling transfer --model m.h5 --target y --split 0.4,0.4,0.2 --permute-seed 10 concrete.csv",
                    "test losses with 10, 20, ..., 100 features");
    command.example("node-scaling transfer --model m.json --target y --export 20 new.csv > h.csv",
                    "twenty features and the target, for another tool");
    declare_model(command, options->model, "network that init or train wrote");
    command.group("Heads");
    command.numbers(options->k, "--k", "LIST", cli::Range::any(), "numbers of features").default_text = "10:100:10";
    command.text(options->head, "--head", "HEAD", "ridge:PENALTY, or mlp");
    command.integer(options->export_count, "--export", "K", 1, 100'000'000,
                    "write the K leading features and the targets in place of losses");
    declare_data(command, options->data);
    command.plot(options->plot, "test loss, or accuracy, against k");
    command.results({data::Format::csv});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
