#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "labelled_data_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/mixture/node_selection.hpp"
#include "prior_options.hpp"

namespace limsym::tools {

namespace {

struct PruneOptions {
    std::optional<std::string> model;
    LabelledDataOptions data;
    std::vector<double> kappa;
    std::vector<double> eps;
    std::optional<double> apply;
    std::optional<std::string> model_out;
    std::optional<std::string> plot;
};

int run(const PruneOptions& options, cli::Context& context) {
    if (options.kappa.empty() == options.eps.empty())
        throw base::InputError(options.kappa.empty() ? "--kappa" : "--eps",
                               options.kappa.empty() ? "is missing; expected --kappa LIST or --eps LIST"
                                                     : "--kappa is given already; expected one of the two");
    const bool by_share = !options.kappa.empty();
    const std::string name = by_share ? "--kappa" : "--eps";
    const std::vector<double>& values = by_share ? options.kappa : options.eps;
    if (by_share)
        require_range(values, name, cli::Range{0.0, 1.0, false, true}, "0 <= kappa < 1");
    else
        require_range(values, name, cli::Range::not_negative(), "eps >= 0");
    if (options.apply.has_value() != options.model_out.has_value())
        throw base::InputError(options.apply ? "--model-out" : "--apply",
                               "is missing; expected --apply V and --model-out FILE together");
    if (options.apply && std::find(values.begin(), values.end(), *options.apply) == values.end())
        throw base::InputError("--apply", base::number_text(*options.apply) + " is not among the values of " + name);

    const mixture::MapModel model = read_model(options.model, context);
    const bool with_data = !options.data.files.empty() || options.data.target || options.data.labels;
    std::optional<mixture::LabelledData> data;
    if (with_data) {
        data = read_data(options.data, model.outputs(), true, context);
        mixture::require_features(model, *data);
    }
    arma::mat table(values.size(), with_data ? 4 : 2, arma::fill::none);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const mixture::KeptNodes kept =
            by_share ? mixture::keep_largest(model, values[i]) : mixture::keep_above(model, values[i]);
        table(i, 0) = values[i];
        table(i, 1) = static_cast<double>(mixture::count(kept));
        if (options.apply == values[i]) {
            const mixture::MapModel smaller = mixture::without_pruned(model, kept);
            context.file (*options.model_out)(data::to_text(network::to_json_with_scales(smaller.document())) + "\n");
        }
        if (!data) continue;
        const mixture::Score score = mixture::evaluate(model, kept, *data);
        table(i, 2) = score.accuracy;
        table(i, 3) = score.cross_entropy;
        context.monitor().advance(static_cast<double>(i + 1), static_cast<double>(values.size()), "prune");
    }
    std::vector<std::string> columns{by_share ? "kappa" : "eps", "kept"};
    if (with_data) columns.insert(columns.end(), {"accuracy", "loss"});
    data::write_csv(context.out(), columns, table);
    if (options.plot) {
        data::Plot plot;
        plot.title = with_data ? "accuracy of the pruned network" : "nodes kept";
        plot.x_label = by_share ? "share of nodes pruned in each layer" : "largest variance pruned";
        plot.y_label = with_data ? "accuracy" : "nodes";
        data::Series series;
        series.x = values;
        series.y = arma::conv_to<std::vector<double>>::from(table.col(with_data ? 2 : 1));
        plot.series.push_back(std::move(series));
        context.at_commit([plot, file = *options.plot] { data::write_plot(file, plot); });
    }
    return 0;
}

} // namespace

cli::Command prune_command() {
    const auto options = std::make_shared<PruneOptions>();
    cli::Command command("prune", "remove nodes of small variance from a trained network, and measure what is lost");
    command.describe(
        "--kappa removes in each hidden layer the share of the nodes with the smallest variances, --eps all "
        "nodes of variance <= eps. Under a constant prior a node counts by its variance times the squared "
        "norm of the weights that leave it. kept is the number of nodes left in all hidden layers, loss "
        "the mean cross-entropy; both it and accuracy need DATA.");
    command.example("mogp-sample prune --model m.json --kappa 0,0.5,0.8,0.9 --target y --plot p.svg test.csv",
                    "how accuracy falls with the share of pruned nodes");
    declare_model(command, options->model);
    command.group("Pruning");
    command.numbers(options->kappa, "--kappa", "LIST", cli::Range::any(), "shares of the nodes, 0 <= kappa < 1");
    command.numbers(options->eps, "--eps", "LIST", cli::Range::any(), "thresholds of the variance, >= 0");
    command.number(options->apply, "--apply", "V", cli::Range::any(),
                   "one of these values: write the smaller network to --model-out");
    command.output(options->model_out, "--model-out", "the smaller network; its outputs are those of the pruned one");
    declare(command, options->data);
    command.plot(options->plot, "accuracy, or nodes kept without DATA, against the values");
    command.operands(options->data.files, 0, 1, "[DATA]", "rows with classes");
    command.results({data::Format::csv});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
