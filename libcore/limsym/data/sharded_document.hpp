// Documents whose rows are dealt to shards, and put together again.
//
// {"schema","tool","version"(,"seed"),"options":{...},"shard":{"index","count"},...,"rows":[...]}: shard i of N holds
// the rows r with r mod N = i of the document that is not sharded, which has no "shard".
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "limsym/base/shard.hpp"
#include "limsym/data/json.hpp"

namespace limsym::data {

/// {"index","count"}
[[nodiscard]] Json shard_json(const base::Shard& shard);

/// The document of which the files are the shards, in any order: without "shard" and "seconds", its rows in order.
/// @param schemas of which all shards must have one, the same
/// @throws InputError naming the file that is damaged, foreign or given twice (with the first member in which it
///   differs from the first file), or the first shard that is missing ("shard 1/3 is missing")
[[nodiscard]] Json merge_documents(const std::vector<std::string>& files, const std::vector<std::string>& schemas);

} // namespace limsym::data
