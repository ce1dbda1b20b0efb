#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "heavy_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/column.hpp"
#include "limsym/stable/law.hpp"
#include "limsym/stable/recursion.hpp"
#include "limsym/stable/simulation.hpp"

namespace limsym::tools {

namespace {

struct ScaleOptions {
    HeavyOptions heavy;
    InputRows inputs;
    bool allow_super = false;
    std::optional<std::string> given;
};

data::Json head_of(cli::Context& context, data::Json options) {
    data::Json record = context.head("limsym/stable-scale@1");
    record["options"] = std::move(options);
    record["convention"] = stable::convention;
    return record;
}

int given_activations(const ScaleOptions& options, cli::Context& context) {
    const NetworkOptions& network = options.heavy.network;
    if (network.given()) throw base::InputError("--given", "needs no network; expected no --net and no --activation");
    if (!options.inputs.files.empty()) throw base::InputError(options.inputs.files[0], "--given needs no X");
    const auto refuse = [](bool is_given, const char* name) {
        if (is_given) throw base::InputError(name, "has no say with --given; expected none");
    };
    refuse(network.depth.has_value(), "--depth");
    refuse(network.width.has_value(), "--width");
    refuse(network.readout_sigma_w.has_value(), "--readout-sigma-w");
    refuse(network.readout_sigma_b.has_value(), "--readout-sigma-b");
    refuse(options.inputs.features.has_value(), "--features");
    refuse(options.allow_super, "--allow-super");
    if (!options.heavy.alpha) throw base::InputError("--alpha", "is missing; expected it with --given");
    if (context.result_format() == data::Format::csv)
        throw base::InputError("--to", "csv has no form for --given; expected json");
    const data::Column column = data::read_column(context.source(*options.given), std::nullopt, {});
    if (column.table.names.size() != 1)
        throw base::InputError(column.table.file,
                               std::to_string(column.table.names.size()) + " columns; expected 1, of activations");
    const double alpha = *options.heavy.alpha;
    const double sigma_w = network.sigma_w.value_or(1.0);
    const double sigma_b = network.sigma_b.value_or(0.0);
    const double unit = stable::scale_unit(alpha, scale_meaning(options.heavy));
    const double sigma = stable::node_scale(column.values, alpha, unit * sigma_w, unit * sigma_b);
    if (!std::isfinite(sigma)) throw base::WorkError(column.table.file, "the scale leaves the range of double");
    data::Json record = head_of(context, {{"sigma_w", sigma_w}, {"sigma_b", sigma_b}, {"param", options.heavy.param}});
    record["alpha"] = alpha;
    record["sigma"] = sigma;
    record["n"] = column.values.n_elem;
    context.write(record);
    return 0;
}

using Rows = std::vector<std::vector<stable::LayerScale>>;

void write_csv(const Rows& rows, cli::Context& context) {
    std::string text = "row,layer,alpha,sigma,moment,regime\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t l = 0; l < rows[i].size(); ++l) {
            const stable::LayerScale& layer = rows[i][l];
            text += std::to_string(i) + "," + std::to_string(l + 1) + "," + base::number_text(layer.alpha) + "," +
                    base::number_text(layer.sigma) + "," + (layer.moment ? base::number_text(*layer.moment) : "") +
                    "," + std::string(stable::regime_name(layer.regime)) + "\n";
        }
    }
    context.out()(text);
}

void write_records(const Rows& rows, const ScaleOptions& options, cli::Context& context) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        data::Json record = head_of(context, {{"param", options.heavy.param}, {"allow_super", options.allow_super}});
        record["row"] = i;
        record["alpha"] = rows[i].back().alpha;
        record["sigma"] = rows[i].back().sigma;
        data::Json layers = data::Json::array();
        for (std::size_t l = 0; l < rows[i].size(); ++l) {
            const stable::LayerScale& layer = rows[i][l];
            layers.push_back({{"layer", l + 1},
                              {"alpha", layer.alpha},
                              {"sigma", layer.sigma},
                              {"moment", layer.moment ? data::Json(*layer.moment) : data::Json()},
                              {"regime", stable::regime_name(layer.regime)}});
        }
        record["layers"] = std::move(layers);
        context.write(record);
    }
}

int run(const ScaleOptions& options, cli::Context& context) {
    if (options.given) return given_activations(options, context);
    const stable::HeavyNetwork network = read_heavy_network(options.heavy, context);
    const arma::mat x = read_inputs(options.inputs, context);
    Rows rows(x.n_rows);
    base::parallel_for(
        x.n_rows, [&](std::size_t i) { rows[i] = stable::scale_recursion(network, x.row(i), options.allow_super); },
        context.monitor(), "inputs");
    for (const auto& layers : rows) {
        for (std::size_t l = 0; l < layers.size(); ++l) {
            if (layers[l].regime != stable::Regime::critical) continue;
            context.warn(stable::explain(network, l));
        }
    }
    if (context.result_format() == data::Format::csv)
        write_csv(rows, context);
    else
        write_records(rows, options, context);
    return 0;
}

} // namespace

cli::Command scale_command() {
    const auto options = std::make_shared<ScaleOptions>();
    cli::Command command("scale", "the stable law of a node of a wide network, layer by layer");
    command.describe("For one input x the nodes of every layer of a wide network are independent S_alpha(sigma): "
                     "sigma^alpha = sigma_w^alpha E|phi(Z)|^alpha + sigma_b^alpha, Z a node of the layer before. One "
                     "line of JSON is written for a row of X.");
    command.describe("A layer is regular where the expectation is finite. It is critical where phi grows exactly as "
                     "fast as the tail of Z allows: the sum is then divided by a_n (log n)^(1/alpha), and nets are far "
                     "from the limit at every width that can be built. Beyond that (super) no limit with independent "
                     "nodes exists; --allow-super gives the law of one node of the last layer.");
    command.describe("--given FILE: the exact law of a node of n stable weights, given n activations.");
    command.example("stable-limit scale --net net.json x.csv", "the recursion at every row of x.csv");
    command.example("stable-limit scale --given a.csv --alpha 1.5 --sigma-b 0.1", "a node of finite width");
    declare(command, options->heavy);
    command.group("Scale");
    command.input(options->given, "--given", "activations of a layer: the law of a node after it, with --alpha");
    command.flag(options->allow_super, "--allow-super", "allow a super-linear last layer without bias");
    declare(command, options->inputs, 0);
    command.results({data::Format::json, data::Format::ndjson, data::Format::csv});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
