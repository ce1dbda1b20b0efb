// limsym/symsat-repeat@1: the final metrics of trainings that differ in their seeds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/satnet/training_run.hpp"

namespace limsym::tools {

inline constexpr const char* repeat_schema = "limsym/symsat-repeat@1";

struct Repeats {
    std::size_t count;
    std::optional<base::Shard> shard;
    std::size_t epochs;
};

/// Trains the replicates of the shard, one after another, and writes the document.
void write_repeats(satnet::TrainingRun& run, const Repeats& repeats, const data::Json& options, cli::Context& context);
/// Joins shards.
void merge_repeats(const std::vector<std::string>& files, cli::Context& context);

} // namespace limsym::tools
