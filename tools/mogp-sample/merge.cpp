#include <memory>

#include "commands.hpp"
#include "draws.hpp"

namespace limsym::tools {

cli::Command merge_command() {
    const auto files = std::make_shared<std::vector<std::string>>();
    cli::Command command("merge", "put shards together: the bytes of the run that was not sharded");
    command.describe("Shards of variances, points, kernel or sample, in any order. A shard that is missing, damaged, "
                     "given twice or of another run is named.");
    command.example("seq 0 3 | xargs -P 2 -I{} mogp-sample sample --prior beta --count 1000 --shard {}/4 x.csv -o s{}; "
                    "mogp-sample merge s?",
                    "a sweep in four processes");
    command.operands(*files, 1, 1'000'000, "SHARD...", "files that --shard wrote");
    command.describe("The result has the form that the run without --shard has by default, or the one of --to.");
    command.results({data::Format::json, data::Format::csv, data::Format::ndjson, data::Format::npy});
    command.run([files](cli::Context& context) {
        merge_draws(*files, context);
        return 0;
    });
    return command;
}

} // namespace limsym::tools
