#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "law_options.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "row_output.hpp"
#include "simulation_options.hpp"

namespace limsym::tools {

namespace {

struct SimulateOptions {
    HeavyOptions heavy;
    InputRows inputs;
    SimulationChoices choices;
    std::size_t nets = 0;
    std::size_t nodes = 1;
    std::optional<base::Shard> shard;
};

constexpr std::size_t batch = 256;       // networks written at a time,
constexpr std::size_t most_rows = 65536; // or fewer, where they have many nodes

int run(const SimulateOptions& options, cli::Context& context) {
    check_shard_format(options.shard, context);
    const network::Network description = read_description(options.heavy, context, true);
    const arma::mat x = read_inputs(options.inputs, context);
    stable::SimulationOptions how = simulation_options(options.choices, context);
    how.width = options.heavy.network.width;
    how.nodes = options.nodes;
    const stable::Simulation simulation(heavy_network(options.heavy, description), x, how);
    const std::size_t k = x.n_rows;
    const std::size_t together = std::max<std::size_t>(1, std::min(batch, most_rows / options.nodes));
    const std::uint64_t results = base::saturating_product(together * sizeof(double), options.nodes * (k + 2));
    context.memory().require(base::saturating_product(simulation.bytes(), base::thread_limit()) + 3 * results,
                             "the state of the networks");
    std::vector<std::string> columns{"net", "node"};
    for (std::size_t j = 1; j <= k; ++j)
        columns.push_back("x" + std::to_string(j));
    const base::Shard whole;
    const base::Shard shard = options.shard.value_or(whole);
    std::optional<ShardJob> part;
    if (options.shard) {
        data::Json job = job_of(options.heavy, description, options.choices, x, context);
        job["width"] = how.width ? data::Json(*how.width) : data::Json();
        job["nodes"] = options.nodes;
        job["nets"] = options.nets;
        part = ShardJob{"simulate", shard, options.nets, base::sha256_hex(data::to_text(job)), options.nodes};
    }
    RowOutput output(columns, part, context);
    const std::size_t count = shard.size(options.nets, base::Partition::blocks);
    std::size_t held = 0;
    for (std::size_t first = 0; first < count; first += together) {
        const std::size_t size = std::min(together, count - first);
        arma::mat rows(size * options.nodes, 2 + k, arma::fill::none);
        base::parallel_for(size, [&](std::size_t i) {
            const std::size_t net = shard.item(first + i, options.nets, base::Partition::blocks);
            const arma::mat values = simulation.outputs(net);
            for (std::size_t node = 0; node < options.nodes; ++node) {
                const std::size_t row = i * options.nodes + node;
                rows(row, 0) = static_cast<double>(net);
                rows(row, 1) = static_cast<double>(node);
                rows.submat(row, 2, row, k + 1) = values.row(node);
            }
        });
        held += hold_in_range(rows);
        output.rows(rows);
        context.monitor().advance(static_cast<double>(first + size), static_cast<double>(count), "networks");
    }
    output.finish();
    warn_of_held(held, context);
    return 0;
}

} // namespace

cli::Command simulate_command() {
    const auto options = std::make_shared<SimulateOptions>();
    cli::Command command("simulate", "outputs of random networks of finite width");
    command.describe("Weighted sums are divided by a_n of their weights' family (see norming), in critical layers by "
                     "a_n (log n)^(1/alpha), so that the outputs tend to the laws of scale and limit. --norming naive "
                     "divides by n^(1/alpha) whatever the family, to show that it fails.");
    command.describe("aggregate: stable or gaussian weights, one input and one node: layers are drawn from their exact "
                     "law given the layer before, in time and memory that know no n^2. stream: any weights; they are "
                     "made in tiles and forgotten. auto takes aggregate where it applies. Network i depends on the "
                     "seed and i alone.");
    command.example("stable-limit simulate --net net.json --width 10000 --nets 2000 x.csv | stable-limit hill",
                    "the tail index of wide networks");
    command.example("stable-limit simulate --net net.json --width 4096 --nets 5000 --shard 3/10 x.csv -o s3.ndjson",
                    "the fourth part of ten; merge puts them together");
    declare(command, options->heavy);
    command.group("Simulation");
    auto& nets = command.integer(options->nets, "--nets", "R", 0, 4'000'000'000, "number of networks");
    nets.required = true;
    command.integer(options->nodes, "--nodes", "N", 1, 1'000'000, "output nodes");
    declare(command, options->choices);
    command.shard(options->shard, "do part I of N of the networks; NDJSON for merge");
    declare(command, options->inputs);
    command.results({data::Format::csv, data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
