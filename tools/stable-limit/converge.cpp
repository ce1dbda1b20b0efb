#include <chrono>
#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "law_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/stable/convergence.hpp"
#include "limsym/stable/recursion.hpp"
#include "row_output.hpp"
#include "simulation_options.hpp"

namespace limsym::tools {

namespace {

struct ConvergeOptions {
    HeavyOptions heavy;
    InputRows inputs;
    SimulationChoices choices;
    std::vector<double> widths;
    std::size_t nets = 0;
    std::optional<base::Shard> shard;
    bool timings = false;
    std::optional<std::string> plot;
};

/// Columns of the table, a row a width.
enum Column : arma::uword { width, ks, ks_crit_99, ecf, alpha_hill, seconds };

data::Plot distance_plot(const arma::mat& table, double alpha) {
    data::Plot plot;
    plot.title = "distance to the limit, alpha " + base::number_text(alpha);
    plot.x_label = "width";
    plot.y_label = "Kolmogorov distance";
    plot.log_x = true;
    plot.log_y = true;
    const auto list = [](const arma::vec& values) { return arma::conv_to<std::vector<double>>::from(values); };
    data::Series line;
    line.title = "networks";
    line.x = list(table.col(width));
    line.y = list(table.col(ks));
    data::Series points = line;
    points.kind = data::Series::Kind::points;
    points.title.clear();
    data::Series critical;
    critical.title = "99 % point of the limit itself";
    critical.x = line.x;
    critical.y = list(table.col(ks_crit_99));
    plot.series = {std::move(line), std::move(points), std::move(critical)};
    return plot;
}

int run(const ConvergeOptions& options, cli::Context& context) {
    check_shard_format(options.shard, context);
    if (options.shard && options.plot) throw base::InputError("--plot", "needs all widths; expected no --shard");
    const std::vector<std::size_t> widths = widths_of(options.widths, "--widths");
    const network::Network description = read_description(options.heavy, context);
    const stable::HeavyNetwork network = heavy_network(options.heavy, description);
    const arma::mat x = read_inputs(options.inputs, context);
    if (x.n_rows != 1)
        throw base::InputError(options.inputs.files[0], std::to_string(x.n_rows) + " rows; expected one input");
    const stable::LayerScale limit = stable::scale_recursion(network, x.row(0)).back();
    stable::SimulationOptions how = simulation_options(options.choices, context);
    std::vector<std::string> columns{"width", "ks", "ks_crit_99", "ecf", "alpha_hill"};
    if (options.timings) columns.emplace_back("seconds");
    const base::Shard shard = options.shard.value_or(base::Shard{});
    std::optional<ShardJob> part;
    if (options.shard) {
        data::Json job = job_of(options.heavy, description, options.choices, x, context);
        job["widths"] = widths;
        job["nets"] = options.nets;
        job["timings"] = options.timings;
        part = ShardJob{"converge", shard, widths.size(), base::sha256_hex(data::to_text(job))};
    }
    const std::size_t count = shard.size(widths.size(), base::Partition::blocks);
    arma::mat table(count, columns.size(), arma::fill::none);
    arma::vec outputs(options.nets, arma::fill::none);
    const double critical = stable::critical_distance(options.nets);
    std::size_t held = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        how.width = widths[shard.item(i, widths.size(), base::Partition::blocks)];
        const stable::Simulation simulation(network, x, how);
        context.memory().require(base::saturating_product(simulation.bytes(), base::thread_limit()) +
                                     base::saturating_product(options.nets, 4 * sizeof(double)),
                                 "the state of the networks");
        base::parallel_for(
            options.nets, [&](std::size_t net) { outputs(net) = simulation.outputs(net)(0, 0); }, context.monitor(),
            "networks of width " + std::to_string(*how.width));
        held += hold_in_range(outputs);
        const stable::ConvergencePoint point = stable::convergence_point(outputs, {limit.alpha, limit.sigma, 0.0});
        table(i, width) = static_cast<double>(*how.width);
        table(i, ks) = point.ks;
        table(i, ks_crit_99) = critical;
        table(i, ecf) = point.ecf;
        table(i, alpha_hill) = point.alpha_hill.value_or(std::numeric_limits<double>::quiet_NaN());
        if (options.timings)
            table(i, seconds) = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    }
    RowOutput output(columns, part, context);
    output.rows(table);
    output.finish();
    warn_of_held(held, context);
    if (options.plot)
        context.at_commit(
            [plot = distance_plot(table, limit.alpha), file = *options.plot] { data::write_plot(file, plot); });
    return 0;
}

} // namespace

cli::Command converge_command() {
    const auto options = std::make_shared<ConvergeOptions>();
    cli::Command command("converge", "the distance of finite networks to their limit, width by width");
    command.describe("For every width R networks are simulated as simulate does, with the same seed and the same "
                     "numbers, and compared with the law of scale: ks is the Kolmogorov distance and ks_crit_99 the "
                     "99 % point that it would have under the limit itself, ecf the distance of characteristic "
                     "functions, alpha_hill the tail index at k = floor(sqrt(R)).");
    command.example("stable-limit converge --net net.json --widths 16,64,256,1024 --nets 5000 --plot ks.svg x.csv",
                    "a table and a picture of the approach");
    declare(command, options->heavy);
    command.group("Simulation");
    command.numbers(options->widths, "--widths", "LIST", cli::Range{1.0, 1e12}, "widths of the hidden layers")
        .required = true;
    command.integer(options->nets, "--nets", "R", 2, 1'000'000'000, "networks of every width").required = true;
    declare(command, options->choices);
    command.shard(options->shard, "do part I of N of the widths; NDJSON for merge");
    command.flag(options->timings, "--timings", "add a column of seconds");
    command.plot(options->plot, "distance against width");
    declare(command, options->inputs);
    command.results({data::Format::csv, data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
