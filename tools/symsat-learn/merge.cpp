#include <memory>

#include "commands.hpp"
#include "repeat_document.hpp"

namespace limsym::tools {

cli::Command merge_command() {
    const auto files = std::make_shared<std::vector<std::string>>();
    cli::Command command("merge", "put shards of train --repeat together");
    command.describe("Shards in any order give the bytes of the run that was not sharded. A shard that is missing, "
                     "damaged, given twice, or of another seed, other options or data is named.");
    command.example("seq 0 3 | xargs -P 2 -I{} sh -c 'symsat-learn train d.ndjson --repeat 20 --shard {}/4 > part{}'; "
                    "symsat-learn merge part?",
                    "twenty trainings in four processes");
    command.operands(*files, 1, 1'000'000, "PART...", "documents that train --repeat --shard wrote");
    command.results({data::Format::json});
    command.run([files](cli::Context& context) {
        merge_repeats(*files, context);
        return 0;
    });
    return command;
}

} // namespace limsym::tools
