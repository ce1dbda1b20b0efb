#include <algorithm>
#include <memory>

#include "commands.hpp"
#include "heavy_options.hpp"
#include "law_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/number.hpp"
#include "limsym/stable/measure.hpp"
#include "row_output.hpp"

namespace limsym::tools {

namespace {

struct DrawOptions {
    HeavyOptions heavy;
    InputRows inputs;
    std::size_t count = 0;
    std::size_t nodes = 1;
    std::size_t particles = 4096;
};

/// Draws written at a time: a multiple of the vectors that share a stream.
std::size_t batch_of(const DrawOptions& options) {
    constexpr std::size_t most = 64;       // streams
    constexpr std::size_t numbers = 65536; // drawn for a node or for a vector of nodes
    return stable::vectors_of_stream *
           std::clamp<std::size_t>(numbers / stable::vectors_of_stream / options.nodes, 1, most);
}

int run(const DrawOptions& options, cli::Context& context) {
    const stable::HeavyNetwork network = read_heavy_network(options.heavy, context);
    const arma::mat x = read_inputs(options.inputs, context);
    const std::size_t k = x.n_rows;
    const auto m = static_cast<double>(options.particles);
    if (m * m * static_cast<double>(network.layers.size()) > 1e12)
        throw base::InputError(
            "--particles",
            "particles^2 layers = " + base::number_text(m * m * static_cast<double>(network.layers.size())) +
                " is more than 1e12; expected fewer");
    const std::size_t batch = batch_of(options);
    const std::uint64_t numbers = base::saturating_product(k + 2, 5 * options.particles + 2 * batch * options.nodes);
    context.memory().require(base::saturating_product(numbers, 8), "the particles and draws at all inputs");
    const stable::SpectralMeasure measure =
        stable::population_measure(network, x, {options.particles, context.seed(), 0}, context.monitor());
    std::vector<std::string> columns{"draw", "node"};
    for (std::size_t j = 1; j <= k; ++j)
        columns.push_back("x" + std::to_string(j));
    RowOutput output(columns, std::nullopt, context);
    std::size_t held = 0;
    for (std::size_t first = 0; first < options.count; first += batch) {
        const std::size_t size = std::min(batch, options.count - first);
        arma::mat rows(size * options.nodes, 2 + k, arma::fill::none);
        for (std::size_t node = 0; node < options.nodes; ++node) {
            const stable::StreamName stream{context.seed(), "draw node " + std::to_string(node),
                                            first / stable::vectors_of_stream};
            const arma::mat values = stable::draw(measure, stream, size);
            for (std::size_t i = 0; i < size; ++i) {
                const std::size_t row = i * options.nodes + node;
                rows(row, 0) = static_cast<double>(first + i);
                rows(row, 1) = static_cast<double>(node);
                rows.submat(row, 2, row, k + 1) = values.col(i).t();
            }
        }
        held += hold_in_range(rows);
        output.rows(rows);
        context.monitor().advance(static_cast<double>(first + size), static_cast<double>(options.count), "draws");
    }
    output.finish();
    warn_of_held(held, context);
    return 0;
}

} // namespace

cli::Command draw_command() {
    const auto options = std::make_shared<DrawOptions>();
    cli::Command command("draw", "draws of the limit law of a wide network at several inputs");
    command.describe("Nodes of one draw are independent. Networks of more than one hidden layer are drawn from a "
                     "population of particles that is made once from the seed; draw i of a node depends on the seed "
                     "and i alone.");
    command.example("stable-limit draw --net net.json --count 20 grid.csv", "twenty random functions on a grid");
    declare(command, options->heavy);
    command.group("Draws");
    auto& count = command.integer(options->count, "--count", "D", 0, 1'000'000'000'000'000, "number of draws");
    count.short_name = "-n";
    count.required = true;
    command.integer(options->nodes, "--nodes", "N", 1, 1'000'000, "output nodes of a draw");
    command.integer(options->particles, "--particles", "M", 1, 1'000'000'000, "particles of a layer");
    declare(command, options->inputs);
    command.results({data::Format::csv, data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
