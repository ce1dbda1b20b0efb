#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "draws.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/plot.hpp"
#include "random_network.hpp"

namespace limsym::tools {

namespace {

struct SampleOptions {
    RandomNetworkOptions network;
    CountOptions count;
    std::size_t outputs = 1;
    std::optional<std::string> column;
    std::optional<std::string> plot;
};

/// One feature: the first draws of the first output as functions of it; else two outputs, or draws, at the first row.
data::Plot draw_plot(const RandomNetwork& network, std::size_t count, std::size_t outputs) {
    data::Plot plot;
    if (network.inputs.n_cols == 1 && network.rows > 1) {
        plot.x_label = "x";
        plot.y_label = "z1";
        const arma::uvec order = arma::sort_index(network.inputs.col(0));
        for (std::size_t draw = 0; draw < std::min<std::size_t>(20, count); ++draw) {
            const arma::mat z = network.kernel.outputs(draw, outputs);
            data::Series series;
            for (const arma::uword i : order) {
                series.x.push_back(network.inputs(i, 0));
                series.y.push_back(z(i, 0));
            }
            plot.series.push_back(std::move(series));
        }
        return plot;
    }
    plot.x_label = outputs > 1 ? "z1" : "draw";
    plot.y_label = outputs > 1 ? "z2" : "z1";
    data::Series series;
    series.kind = data::Series::Kind::points;
    for (std::size_t draw = 0; draw < std::min<std::size_t>(2000, count); ++draw) {
        const arma::mat z = network.kernel.outputs(draw, outputs);
        series.x.push_back(outputs > 1 ? z(0, 0) : static_cast<double>(draw));
        series.y.push_back(z(0, outputs > 1 ? 1 : 0));
    }
    plot.series.push_back(std::move(series));
    return plot;
}

/// k - 1 of "zk". @throws InputError when there is no such output
std::size_t column_index(const std::string& name, std::size_t outputs) {
    const auto number = name.starts_with('z') ? base::parse_integer(name.substr(1)) : std::nullopt;
    if (!number || *number < 1 || static_cast<std::uint64_t>(*number) > outputs ||
        name != "z" + std::to_string(*number))
        throw base::InputError("--column", base::quoted(name) + " is none of the outputs; expected z1" +
                                               (outputs > 1 ? " ... z" + std::to_string(outputs) : ""));
    return static_cast<std::size_t>(*number) - 1;
}

int run(const SampleOptions& options, cli::Context& context) {
    const std::size_t count = required_count(options.count);
    if (options.plot && count == 0)
        throw base::InputError("--count", "0 is out of range; expected count >= 1 for --plot");
    DrawJob job;
    job.command = "sample";
    job.count = count;
    job.shard = options.count.shard;
    job.form.csv = wants_table(options.count, data::Format::csv, context);
    job.form.header = "draw,row";
    job.form.key = "z";
    const RandomNetwork network = read_random_network(options.network, context);
    const std::uint64_t values = base::saturating_product(network.rows, options.outputs);
    context.memory().require(base::saturating_product(values, 64 * 48), "the outputs of the draws under way");
    if (options.column) {
        job.form.only = column_index(*options.column, options.outputs);
        if (!job.form.csv) throw base::InputError("--column", "is a column of a table; expected --to csv");
        job.form.header = *options.column;
    } else {
        for (std::size_t k = 1; k <= options.outputs; ++k)
            job.form.header += ",z" + std::to_string(k);
    }
    job.identity = network.identity;
    job.identity["outputs"] = options.outputs;
    const double n = static_cast<double>(network.rows);
    job.piece = piece_for(n * n + network.nodes * n + static_cast<double>(values));
    job.draw = [&](std::size_t draw) {
        DrawRecord record;
        record.draw = draw;
        record.before["draw"] = draw;
        record.values = network.kernel.outputs(draw, options.outputs);
        return record;
    };
    write_draws(job, context);
    if (options.plot)
        context.at_commit([plot = draw_plot(network, count, options.outputs), file = *options.plot] {
            data::write_plot(file, plot);
        });
    return 0;
}

} // namespace

cli::Command sample_command() {
    const auto options = std::make_shared<SampleOptions>();
    cli::Command command("sample", "draw outputs of networks with node variances, infinitely wide or finite");
    command.describe(
        "A row for each draw and each row of X: the outputs z1 ... zK of one network, which share its "
        "kernel: uncorrelated, but dependent. Draw i depends on the seed and i alone, so a smaller --count "
        "gives the first draws of a larger one.");
    command.example("mogp-sample sample --prior horseshoe --count 20000 --column z1 one.csv | stable-limit test "
                    "--against 1,0.5 -",
                    "outputs of a horseshoe network at one input are Cauchy");
    declare(command, options->network);
    declare(command, options->count);
    command.integer(options->outputs, "--outputs", "K", 1, 1'000'000'000, "outputs of the network");
    command.text(options->column, "--column", "zC", "only this column, without draw and row");
    command.plot(options->plot, "draws as functions of one feature, or of two outputs at the first row");
    command.operands(options->network.inputs.files, 0, 1, "[X]", "inputs, one a row (standard input)");
    command.results({data::Format::csv, data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
