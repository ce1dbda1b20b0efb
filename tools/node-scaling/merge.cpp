#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/nodescaling/sweep.hpp"
#include "sweep_plot.hpp"

namespace limsym::tools {

namespace {

struct MergeOptions {
    std::vector<std::string> files;
    std::optional<std::string> plot;
};

} // namespace

cli::Command merge_command() {
    const auto options = std::make_shared<MergeOptions>();
    cli::Command command("merge", "put shards together: the bytes of the sweep that was not sharded");
    command.describe("Takes all shards of one sweep in any order. A shard that is missing, damaged, given twice or of "
                     "another sweep is refused by name.");
    command.example("node-scaling merge part.*.json --plot fig.svg", "the whole sweep, and a picture of it");
    command.operands(options->files, 1, 1'000'000, "SHARD...", "files that sweep --shard wrote");
    command.plot(options->plot, "final training losses of every setting");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) {
        for (const std::string& file : options->files)
            static_cast<void>(context.source(file));
        const data::Json document = nodescaling::merge_sweep(options->files);
        context.write(document);
        if (options->plot) write_sweep_plot(document, *options->plot, context);
        return 0;
    });
    return command;
}

} // namespace limsym::tools
