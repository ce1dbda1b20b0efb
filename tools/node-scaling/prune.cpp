#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "common/value.hpp"
#include "data_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/nodescaling/pruning.hpp"
#include "network_options.hpp"

namespace limsym::tools {

namespace {

struct PruneOptions {
    std::optional<std::string> model;
    DataOptions data;
    std::string order = "scale";
    std::string grid = "20";
    std::string loss = "mean";
    std::optional<std::size_t> apply;
    std::optional<std::string> model_out;
    bool force = false;
    std::optional<std::string> plot;
};

nodescaling::PruneOrder order_of(const std::string& word) {
    if (word == "magnitude") return nodescaling::PruneOrder::magnitude;
    if (word == "contribution") return nodescaling::PruneOrder::contribution;
    return word == "random" ? nodescaling::PruneOrder::random : nodescaling::PruneOrder::scale;
}

/// Counts of pruned nodes: G for G + 1 equal steps, all, or a list.
std::vector<std::size_t> pruned_counts(const std::string& grid, std::size_t m) {
    std::vector<std::size_t> counts;
    if (grid == "all") {
        for (std::size_t pruned = 0; pruned <= m; ++pruned)
            counts.push_back(pruned);
        return counts;
    }
    if (grid.find(',') == std::string::npos && grid.find(':') == std::string::npos) {
        const std::uint64_t steps = cli::whole_value(grid, "--grid", 1, 1'000'000, "G");
        for (std::uint64_t i = 0; i <= steps; ++i)
            if (const std::size_t pruned = i * m / steps; counts.empty() || counts.back() != pruned)
                counts.push_back(pruned);
        return counts;
    }
    const cli::Range range = cli::Range::closed(0.0, static_cast<double>(m));
    for (const double value : cli::number_list(grid, "--grid", range, "pruned")) {
        if (value != static_cast<double>(static_cast<std::size_t>(value)))
            throw base::InputError("--grid", base::number_text(value) + " is not a whole number of nodes");
        counts.push_back(static_cast<std::size_t>(value));
    }
    return counts;
}

nodescaling::LabelledRows working_rows(const nodescaling::ShallowNetwork& network, const nodescaling::NodeData& data) {
    nodescaling::require_fit(data, network);
    return {network.working_x(data.x), network.working_y(data.y), data.labels};
}

/// What is measured at every level, column by column.
struct CurveColumn {
    std::string name;
    std::vector<double> values;
};

std::vector<CurveColumn> measure(const nodescaling::ShallowNetwork& network, const DataParts& parts,
                                 const std::vector<std::size_t>& order, const std::vector<std::size_t>& counts,
                                 nodescaling::Loss loss) {
    std::vector<CurveColumn> losses;
    std::vector<CurveColumn> accuracies;
    const auto add = [&](const std::string& part, const nodescaling::NodeData& data) {
        const auto levels = nodescaling::prune_curve(network, order, counts, working_rows(network, data), loss);
        losses.push_back({part + "_loss", {}});
        for (const nodescaling::PruneLevel& level : levels)
            losses.back().values.push_back(level.loss);
        if (!levels.front().accuracy) return;
        accuracies.push_back({part + "_acc", {}});
        for (const nodescaling::PruneLevel& level : levels)
            accuracies.back().values.push_back(*level.accuracy);
    };
    add("train", parts.train);
    if (parts.test) add("test", *parts.test);
    losses.insert(losses.end(), accuracies.begin(), accuracies.end());
    return losses;
}

void write_record(const PruneOptions& options, const std::vector<std::size_t>& order,
                  const std::vector<std::size_t>& counts, const std::vector<CurveColumn>& columns,
                  cli::Context& context) {
    data::Json record = context.head("limsym/node-prune@1");
    if (options.order != "random") record.erase("seed");
    record["options"] = options.data.json();
    record["options"]["order"] = options.order;
    record["options"]["loss"] = options.loss;
    record["order"] = order;
    data::Json& rows = record["rows"] = data::Json::array();
    for (std::size_t i = 0; i < counts.size(); ++i) {
        data::Json row{{"pruned", counts[i]}, {"kept", order.size() - counts[i]}};
        for (const CurveColumn& column : columns)
            row[column.name] = column.values[i];
        rows.push_back(std::move(row));
    }
    context.write(record);
}

void write_table(std::size_t m, const std::vector<std::size_t>& counts, const std::vector<CurveColumn>& columns,
                 cli::Context& context) {
    std::vector<std::string> names{"pruned", "kept"};
    arma::mat table(counts.size(), 2 + columns.size(), arma::fill::none);
    for (std::size_t i = 0; i < counts.size(); ++i) {
        table(i, 0) = static_cast<double>(counts[i]);
        table(i, 1) = static_cast<double>(m - counts[i]);
    }
    for (std::size_t c = 0; c < columns.size(); ++c) {
        names.push_back(columns[c].name);
        table.col(2 + c) = arma::vec(columns[c].values);
    }
    data::write_csv(context.out(), names, table);
}

data::Plot curve_plot(const std::vector<std::size_t>& counts, const std::vector<CurveColumn>& columns) {
    data::Plot plot;
    plot.title = "what pruning costs";
    plot.x_label = "nodes pruned";
    plot.y_label = "loss";
    const bool classes = columns.back().name.ends_with("_acc");
    if (classes) plot.y_label = "accuracy";
    for (const CurveColumn& column : columns) {
        if (classes && !column.name.ends_with("_acc")) continue;
        data::Series series;
        series.title = column.name;
        series.x.assign(counts.begin(), counts.end());
        series.y = column.values;
        plot.series.push_back(std::move(series));
    }
    return plot;
}

int run(const PruneOptions& options, cli::Context& context) {
    if (options.apply.has_value() != options.model_out.has_value())
        throw base::InputError(options.apply ? "--model-out" : "--apply",
                               "is missing; expected --apply KEPT and --model-out FILE together");
    const nodescaling::ShallowNetwork network = read_model(*options.model, context);
    const std::size_t m = network.nodes();
    if (options.apply && *options.apply > m)
        throw base::InputError("--apply", std::to_string(*options.apply) +
                                              " is out of range; expected 1 <= KEPT <= " + std::to_string(m));
    const std::vector<std::size_t> counts = pruned_counts(options.grid, m);
    const ModelOutput output(options.model_out, options.apply ? *options.apply * network.inputs() : 0, options.force,
                             context);
    const DataParts parts = read_parts(options.data, network.outputs(), context);
    nodescaling::require_fit(parts.train, network);
    const std::vector<std::size_t> order =
        nodescaling::removal_order(network, order_of(options.order), network.working_x(parts.train.x), context.seed());
    const auto loss = options.loss == "mean" ? nodescaling::Loss::mean : nodescaling::Loss::half_sum;
    const std::vector<CurveColumn> columns = measure(network, parts, order, counts, loss);
    if (context.result_format() == data::Format::json)
        write_record(options, order, counts, columns, context);
    else
        write_table(m, counts, columns, context);
    if (options.apply) {
        data::Json head = context.head("limsym/node-model@1");
        if (options.order != "random") head.erase("seed");
        head["options"] = {{"order", options.order}, {"pruned_from", m}};
        output.write(head, nodescaling::pruned_network(network, order, *options.apply));
        context.note(std::to_string(*options.apply) + " of " + std::to_string(m) +
                     " nodes kept: " + std::to_string(*options.apply * network.inputs()) + " of " +
                     std::to_string(network.w.n_elem) + " weights");
    }
    if (options.plot)
        context.at_commit([plot = curve_plot(counts, columns), file = *options.plot] { data::write_plot(file, plot); });
    return 0;
}

} // namespace

cli::Command prune_command() {
    const auto options = std::make_shared<PruneOptions>();
    cli::Command command("prune", "remove nodes of small scale, and measure what is lost at every level");
    command.describe("Nodes are removed in increasing order of importance, of equals the lower node first, without "
                     "retraining; all levels come from one pass over the nodes. A network without nodes predicts 0. "
                     "--apply writes a smaller network, not a masked one.");
    command.example("node-scaling prune --model m.json --target y --test test.csv --plot p.svg train.csv",
                    "losses at every twentieth of the nodes");
    command.example("node-scaling prune --model m.json --target y --apply 100 --model-out small.json train.csv",
                    "the network of the 100 nodes with the largest scales");
    declare_model(command, options->model, "network that init or train wrote");
    command.group("Pruning");
    command.choice(options->order, "--order", {"scale", "magnitude", "contribution", "random"},
                   "importance: the scale; scale |w|^2; mean over training rows of scale phi(z)^2; none");
    command.text(options->grid, "--grid", "G|all|LIST",
                 "levels: G equal steps, every node, or a list of numbers of pruned nodes");
    command.choice(options->loss, "--loss", {"mean", "half-sum"}, "mean, or half the sum, of the squared errors");
    command.integer(options->apply, "--apply", "KEPT", 1, 100'000'000, "write the network of the KEPT most important");
    command.output(options->model_out, "--model-out", "the smaller network, .json or .h5");
    declare_force(command, options->force);
    declare_data(command, options->data);
    command.plot(options->plot, "losses, or accuracies, against the number of pruned nodes");
    command.results({data::Format::csv, data::Format::json});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
