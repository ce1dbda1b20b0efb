#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "cv_records.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/data/records.hpp"

namespace limsym::tools {

namespace {

bool is_tile_store(const std::string& file) {
    base::InputFile input(file);
    return input.peek().starts_with("LIMSYMT1");
}

int merge_shards(const std::vector<std::string>& files, cli::Context& context) {
    for (const std::string& file : files)
        if (context.source(file).file == "-")
            throw base::InputError("-", "shards cannot come from standard input; expected files");
    if (is_tile_store(files[0]))
        throw base::InputError(files[0], "is a tile store; merging tile stores is not supported yet");
    const data::MergedRecords merged = data::merge_records(files, base::Partition::modulo);
    if (merged.command != "cv")
        throw base::InputError(files[0], "is a shard of " + base::quoted(merged.command) + "; expected one of cv");
    std::vector<data::Json> splits;
    for (const std::string& line : merged.lines) {
        splits.push_back(data::parse_json(line, files[0]));
        context.out()(line + "\n");
    }
    const data::Json shaped = data::parse_json(merged.summary.empty() ? "{\"options\":{}}" : merged.summary, files[0]);
    context.write(cv_summary(shaped, splits, context));
    return 0;
}

} // namespace

cli::Command merge_command() {
    const auto files = std::make_shared<std::vector<std::string>>();
    cli::Command command("merge", "put shards together: the bytes of the run that was not sharded");
    command.describe("Takes all shards of one cv in any order. A shard that is missing, damaged, given twice or of "
                     "another job is refused by name.");
    command.example("nngp-kernel merge cv.*.ndjson", "records and last record of a sharded cv");
    command.operands(*files, 1, 1'000'000, "FILE...", "shards");
    command.results({data::Format::ndjson});
    command.run([files](cli::Context& context) { return merge_shards(*files, context); });
    return command;
}

} // namespace limsym::tools
