// NDJSON record streams that are cut into shards and put together again.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "limsym/base/shard.hpp"
#include "limsym/data/json.hpp"

namespace limsym::data {

/// The closing line of a shard, limsym/shard@1 {"schema","command","shard","of","total","job","records_per_item"?,
/// "summary"?, "records_sha256"?}.
struct ShardLine {
    std::string command; ///< "cv"
    base::Shard shard;
    std::size_t total = 0;    ///< items of the whole sweep
    std::string job;          ///< hash of everything that shapes the result
    std::string summary = {}; ///< a JSON object: what the last record of the whole run holds besides the records; or ""
    std::string records_sha256 = {}; ///< of the record lines, each with its newline; "": not checked
    std::size_t records_per_item = 1;
};

[[nodiscard]] std::string to_text(const ShardLine& line);
/// A whole shard: the records, one a line, and the closing line with their checksum.
[[nodiscard]] std::string shard_text(const std::vector<Json>& records, ShardLine line);

/// The shards of one sweep, put together.
struct MergedRecords {
    std::string command;
    std::string job;
    std::string summary;            ///< of the first file
    std::vector<std::string> lines; ///< every record, in the order of the unsharded run, byte for byte as it came
};

/// Reads complete shards in any order. Each file holds its records, one line each, and the closing line.
/// @param rule how items were dealt (records are in item order inside a shard)
/// @throws InputError naming the file that is damaged, foreign (other command, job, count) or given twice, or the first
///   shard that is missing ("shard 1/4 is missing")
[[nodiscard]] MergedRecords merge_records(const std::vector<std::string>& files, base::Partition rule);

} // namespace limsym::data
