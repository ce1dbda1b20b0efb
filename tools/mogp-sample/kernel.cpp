#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "architecture_options.hpp"
#include "commands.hpp"
#include "draws.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/mixture/random_kernel.hpp"
#include "random_network.hpp"

namespace limsym::tools {

namespace {

struct KernelOptions {
    RandomNetworkOptions network;
    CountOptions count;
    std::optional<std::size_t> layer;
    bool mean = false;
};

int run(const KernelOptions& options, cli::Context& context) {
    const std::size_t count = required_count(options.count);
    const data::Format format = context.result_format();
    const bool bare = format == data::Format::csv || format == data::Format::npy;
    if (bare && !options.mean && (count != 1 || options.count.shard))
        throw base::InputError("--to", "a bare matrix is one kernel; expected --count 1 or --mean");
    if (options.mean && count == 0)
        throw base::InputError("--count", "0 is out of range; expected count >= 1 for --mean");
    const RandomNetwork network = read_random_network(options.network, context);
    const mixture::RandomKernel& kernel = network.kernel;
    const std::size_t layer = options.layer.value_or(kernel.layers() + 1);
    if (layer < 1 || layer > kernel.layers() + 1)
        throw base::InputError("--layer", std::to_string(layer) + " is out of range; expected 1 <= layer <= " +
                                              std::to_string(kernel.layers() + 1));
    const std::size_t n = network.rows;
    DrawJob job;
    job.command = "kernel";
    job.count = count;
    job.shard = options.count.shard;
    job.identity = network.identity;
    job.identity["layer"] = layer;
    job.identity["mean"] = options.mean;
    job.form.key = "nngp";
    job.piece = piece_for(static_cast<double>(n * n) + network.nodes * static_cast<double>(n));
    const data::Json document{{"kind", "nngp"}, {"rows", n}, {"cols", n}, {"symmetric", true}};
    job.draw = [&](std::size_t draw) {
        DrawRecord record;
        record.draw = draw;
        record.before = {{"schema", "limsym/kernel@1"}};
        record.before.update(document);
        record.after = {{"draw", draw}, {"layer", layer}};
        record.values = kernel.draw(draw, layer);
        return record;
    };
    if (options.mean) {
        data::Json head = context.head("limsym/kernel@1");
        head["options"] = job.identity;
        head["options"]["count"] = count;
        head.update(document);
        head["layer"] = layer;
        write_mean(job, {head, format}, context);
    } else if (bare) {
        data::write_matrix(context.out(), format, kernel.draw(0, layer));
    } else {
        write_draws(job, context);
    }
    return 0;
}

} // namespace

cli::Command kernel_command() {
    const auto options = std::make_shared<KernelOptions>();
    cli::Command command("kernel", "draw the random kernel of a network with node variances");
    command.describe("One limsym/kernel@1 a draw: the covariance of the nodes of layer l at the inputs X, given the "
                     "layers before. Layer 1 and layers after Gaussian ones are deterministic. --mean: the average of "
                     "all draws as one document.");
    command.example(
        "mogp-sample kernel --prior gbfry:alpha=0.5,tau=2 --depth 2 --count 1 grid.csv | nngp-kernel check -",
        "draw a kernel and look at its eigenvalues");
    declare(command, options->network);
    declare(command, options->count);
    command.integer(options->layer, "--layer", "l", 0, 1'000'000, "which kernel, 1 ... L + 1 (L + 1: of the outputs)");
    command.flag(options->mean, "--mean", "the mean of the draws");
    command.operands(options->network.inputs.files, 0, 1, "[X]", "inputs, one a row (standard input)");
    command.results({data::Format::ndjson, data::Format::json, data::Format::csv, data::Format::npy});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
