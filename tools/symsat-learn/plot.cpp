#include "limsym/data/plot.hpp"

#include <memory>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/satnet/learning_curves.hpp"

namespace limsym::tools {

namespace {

struct Options {
    std::vector<std::string> files;
    std::string metric = "board";
};

int run(const Options& options, cli::Context& context) {
    const std::optional<std::string> file = context.result_file();
    if (!file) throw base::InputError("--out", "is missing; expected FILE.svg, .png, .pdf or .gp");
    data::check_plot(*file);
    const data::Plot plot = satnet::learning_curves(context.source(options.files[0]).file, options.metric);
    context.at_commit([plot, file] { data::write_plot(*file, plot); });
    return 0;
}

} // namespace

cli::Command plot_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("plot", "curves of a training log");
    command.describe(
        "Draws the accuracy or the loss of every epoch, of the training, validation and test data as far as the "
        "log tells them, to -o FILE.");
    command.example("symsat-learn plot log.ndjson --metric board -o curves.svg", "how a training went");
    command.choice(options->metric, "--metric", {"board", "cell", "loss"}, "what is drawn");
    command.operands(options->files, 1, 1, "[LOG]", "standard output of train");
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
