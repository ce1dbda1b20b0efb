#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "data_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/nodescaling/node_motion.hpp"
#include "network_options.hpp"

namespace limsym::tools {

namespace {

struct FeaturesOptions {
    std::optional<std::string> model;
    std::optional<std::string> against;
    std::optional<std::string> plot;
    DataOptions data;
};

void write_table(const nodescaling::ShallowNetwork& network, const arma::vec& motion, cli::Context& context) {
    arma::mat table(network.nodes(), 3, arma::fill::none);
    for (std::size_t j = 0; j < network.nodes(); ++j)
        table(j, 0) = static_cast<double>(j);
    table.col(1) = network.lambda;
    table.col(2) = motion;
    data::write_csv(context.out(), {"node", "lambda", "wdiff"}, table);
}

void write_record(const nodescaling::ShallowNetwork& network, const arma::vec& motion, double flips,
                  cli::Context& context) {
    data::Json record = context.head("limsym/node-features@1");
    record["options"] = data::Json::object();
    record["wdiff_max"] = motion.max();
    data::Json& deciles = record["wdiff_deciles"] = data::Json::array();
    bool absent = false;
    for (const auto& mean : nodescaling::motion_by_decile(motion, network.lambda)) {
        deciles.push_back(mean ? data::Json(*mean) : data::Json());
        absent = absent || !mean;
    }
    if (absent) record["reasons"] = {{"wdiff_deciles", "fewer than ten nodes"}};
    record["flips"] = flips;
    data::Json& rows = record["rows"] = data::Json::array();
    for (std::size_t j = 0; j < network.nodes(); ++j)
        rows.push_back({{"node", j}, {"lambda", network.lambda(j)}, {"wdiff", motion(j)}});
    context.write(record);
}

int run(const FeaturesOptions& options, cli::Context& context) {
    if (!options.against) throw base::InputError("--against", "is missing; expected the model before training");
    const nodescaling::ShallowNetwork after = read_model(*options.model, context);
    const nodescaling::ShallowNetwork before = read_model(*options.against, context);
    if (after.nodes() != before.nodes() || after.inputs() != before.inputs())
        throw base::InputError(*options.against, std::to_string(before.nodes()) + " nodes and " +
                                                     std::to_string(before.inputs()) + " inputs; --model has " +
                                                     std::to_string(after.nodes()) + " and " +
                                                     std::to_string(after.inputs()));
    const nodescaling::NodeData data =
        nodescaling::read_inputs(context.source(options.data.files.front()), options.data.columns(), after.inputs());
    context.memory().require(base::saturating_product(data.rows(), 2 * sizeof(double) * after.nodes()),
                             "the pre-activations of two models");
    const arma::vec motion = nodescaling::node_motion(after.w, before.w);
    if (context.result_format() == data::Format::csv)
        write_table(after, motion, context);
    else
        write_record(after, motion,
                     nodescaling::share_of_flips(nodescaling::preactivations(after, after.working_x(data.x)),
                                                 nodescaling::preactivations(before, before.working_x(data.x))),
                     context);
    if (options.plot) {
        data::Plot plot;
        plot.title = "motion of the nodes";
        plot.x_label = "node, largest scale first";
        plot.y_label = "|w - w_0|";
        plot.log_x = true;
        data::Series series;
        series.kind = data::Series::Kind::points;
        const std::vector<std::size_t> order = nodescaling::nodes_by_scale(after.lambda);
        for (std::size_t r = 0; r < order.size(); ++r) {
            series.x.push_back(static_cast<double>(r + 1));
            series.y.push_back(motion(order[r]));
        }
        plot.series.push_back(std::move(series));
        context.at_commit([plot, file = *options.plot] { data::write_plot(file, plot); });
    }
    return 0;
}

} // namespace

cli::Command features_command() {
    const auto options = std::make_shared<FeaturesOptions>();
    cli::Command command("features", "how far training moved every node");
    command.describe("wdiff is |w - w_0|. wdiff_deciles has its mean by tenths of the nodes, largest scales first; "
                     "flips is the share of (row, node) pairs whose pre-activation changed sides of 0. With gamma = 1 "
                     "every node of a wide network moves by about m^(-1/2); with gamma < 1 the leading nodes keep "
                     "moving.");
    command.example("node-scaling features --model after.json --against before.json --to json x.csv", "two models");
    declare_model(command, options->model, "the network after training");
    command.input(options->against, "--against", "the network before training");
    declare_columns(command, options->data);
    command.plot(options->plot, "motion against the rank of the scale");
    command.operands(options->data.files, 1, 1, "X", "table of inputs");
    command.results({data::Format::json, data::Format::csv});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
