#include <memory>

#include "commands.hpp"
#include "record_stream.hpp"

namespace limsym::tools {

cli::Command merge_command() {
    const auto files = std::make_shared<std::vector<std::string>>();
    cli::Command command("merge", "put shards together: the bytes of the run that was not sharded");
    command.describe(
        "Takes all parts of one sample or symmetrise, made with --shard I/N --to ndjson, in any order. A part "
        "that is missing, damaged, given twice or of another job is refused by name.");
    command.example("orbit-symm merge p?.ndjson > all.ndjson", "ten parts in one file");
    command.operands(*files, 1, 1'000'000, "FILE...", "shards");
    command.results({data::Format::ndjson});
    command.run([files](cli::Context& context) {
        merge_record_shards(*files, {"sample", "symmetrise"}, context);
        return 0;
    });
    return command;
}

} // namespace limsym::tools
