#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/data/hdf5.hpp"
#include "network_options.hpp"

namespace limsym::tools {

namespace {

struct InitOptions {
    InitialNetworkOptions network;
    std::size_t dim = 0;
    std::size_t outputs = 1;
    bool force = false;
};

int run(const InitOptions& options, cli::Context& context) {
    const bool hdf5 = context.result_format() == data::Format::h5;
    if (hdf5 && !context.result_file()) throw base::InputError("--to", "h5 needs a file; expected -o FILE.h5");
    if (hdf5) data::require_hdf5();
    if (!hdf5 && !options.network.scales.lambda)
        check_json_size(base::saturating_product(options.network.scales.nodes(), options.dim), options.force, "--to");
    const nodescaling::ShallowNetwork network =
        draw_network(options.network, options.dim, options.outputs, context.seed(), context);
    data::Json head = context.head("limsym/node-model@1");
    head["options"] = to_options(network);
    head["options"]["dim"] = options.dim;
    head["options"]["outputs"] = options.outputs;
    if (hdf5) {
        context.at_commit(
            [head, network, file = *context.result_file()] { nodescaling::write_network_hdf5(file, head, network); });
        return 0;
    }
    check_json_size(network.w.n_elem, options.force, "--to");
    nodescaling::write_network_json(context.out(), head, network);
    return 0;
}

} // namespace

cli::Command init_command() {
    const auto options = std::make_shared<InitOptions>();
    cli::Command command("init", "a network with random weights");
    command.describe("Weights N(0, sigma-w^2), signs +1 or -1. Node j depends on the seed and j alone: a network of "
                     "width 1000 is the beginning of the one of width 4000. train without --model starts from the "
                     "network that init prints for the same options.");
    command.example("node-scaling init --m 2000 --dim 3 --gamma 0.2 --alpha 0.5 | node-scaling ntg --model - x.csv",
                    "its tangent Gram matrix");
    command.integer(options->dim, "--dim", "D", 1, 10'000'000, "number of inputs").required = true;
    command.integer(options->outputs, "--outputs", "K", 1, 100'000, "number of outputs");
    declare(command, options->network);
    declare_force(command, options->force);
    command.results({data::Format::json, data::Format::h5});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
