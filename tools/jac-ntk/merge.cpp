// jac-ntk merge: shards of a sweep over depths or widths.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/data/sharded_document.hpp"
#include "limsym/network/width_document.hpp"

namespace limsym::tools {

namespace {

struct Options {
    std::vector<std::string> files;
    std::optional<std::string> plot;
};

int run(const Options& options, cli::Context& context) {
    std::vector<std::string> files;
    for (const std::string& file : options.files)
        files.push_back(context.source(file).file);
    data::Json document = data::merge_documents(files, {"limsym/jac-eig@1", network::width_schema});
    const bool widths = document["schema"] == network::width_schema;
    if (options.plot && !widths)
        throw base::InputError("--plot", "shows a sweep over widths, and these are shards of another command");
    if (widths) {
        const std::vector<network::WidthSummary> summaries = network::summarise_document(document, files.front());
        document["summary"] = network::summary_json(summaries);
        if (options.plot) data::write_plot(*options.plot, network::width_plot(summaries));
    }
    context.write(document);
    return 0;
}

} // namespace

cli::Command merge_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("merge", "put shards together: the document of the run that was not sharded");
    command.describe("Shards of eig --depths or of empirical --width, in any order. A shard that is missing, damaged, "
                     "given twice or of another run is named.");
    command.example("seq 0 3 | xargs -P 2 -I{} jac-ntk empirical --activation erf --depth 2 --width 64,128,256 "
                    "--repeats 10 --shard {}/4 x.csv -o p{}.json; jac-ntk merge p?.json --plot widths.svg",
                    "a sweep in four processes");
    command.plot(options->plot, "of a sweep over widths: mean distance against width, with its interval");
    command.operands(options->files, 1, 1'000'000, "SHARD...", "files that --shard wrote");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
