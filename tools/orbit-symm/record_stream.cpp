#include "record_stream.hpp"

#include <algorithm>

#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/records.hpp"

namespace limsym::tools {

void stream_records(const RecordJob& job, const std::function<void(std::size_t, std::string&)>& append,
                    cli::Context& context) {
    if (job.shard && context.result_format() != data::Format::ndjson)
        throw base::InputError("--shard", "parts are records; expected --to ndjson");
    constexpr std::size_t pieces = 64;
    const base::Shard shard = job.shard.value_or(base::Shard{});
    const std::size_t size = shard.size(job.total, base::Partition::blocks);
    base::Sha256 hash;
    for (std::size_t first = 0; first < size; first += pieces * job.piece) {
        const std::size_t here = std::min(pieces * job.piece, size - first);
        std::vector<std::string> texts((here + job.piece - 1) / job.piece);
        base::parallel_for(texts.size(), [&](std::size_t p) {
            for (std::size_t k = p * job.piece; k < std::min(here, (p + 1) * job.piece); ++k)
                append(shard.item(first + k, job.total, base::Partition::blocks), texts[p]);
        });
        for (const std::string& text : texts) {
            if (job.shard) hash.update(text);
            context.out()(text);
        }
        context.monitor().advance(static_cast<double>(first + here), static_cast<double>(size), "records");
    }
    if (!job.shard) return;
    data::ShardLine line{job.command, shard, job.total, job.job};
    line.records_sha256 = hash.hex();
    context.out()(data::to_text(line) + "\n");
}

void merge_record_shards(const std::vector<std::string>& files, const std::vector<std::string>& commands,
                         cli::Context& context) {
    for (const std::string& file : files)
        if (context.source(file).file == "-")
            throw base::InputError("-", "shards cannot come from standard input; expected files");
    const data::MergedRecords merged = data::merge_records(files, base::Partition::blocks);
    if (std::find(commands.begin(), commands.end(), merged.command) == commands.end())
        throw base::InputError(files.front(), "is a shard of " + base::quoted(merged.command) + "; expected one of " +
                                                  base::join(commands));
    for (const std::string& line : merged.lines)
        context.out()(line + "\n");
}

} // namespace limsym::tools
