// Lines of numbered records, made in parallel and written in order; a shard ends with its closing line.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "common/command.hpp"

namespace limsym::tools {

struct RecordJob {
    std::string command;
    std::size_t total = 0;
    std::optional<base::Shard> shard;
    std::string job;        ///< hash of all that shapes the result
    std::size_t piece = 64; ///< records that one call of a thread makes
};

/// @param append adds the line (or lines) of record i to a text; called from any thread
/// @throws InputError for a shard in another form than ndjson
void stream_records(const RecordJob& job, const std::function<void(std::size_t i, std::string& text)>& append,
                    cli::Context& context);

/// Puts such shards together. @param commands that write them
void merge_record_shards(const std::vector<std::string>& files, const std::vector<std::string>& commands,
                         cli::Context& context);

} // namespace limsym::tools
