// The options that every subcommand has.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "common/parts.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/data/format.hpp"

namespace limsym::cli {

enum class ProgressMode { automatic, always, never };

struct CommonOptions {
    std::uint64_t seed = 0;
    std::optional<unsigned> threads; ///< absent: all cores
    std::optional<data::Format> from;
    std::optional<data::Format> to;
    std::string dataset;
    ProgressMode progress = ProgressMode::automatic;
    bool quiet = false;
    bool strict = false; ///< a warning makes the exit status 1
    std::optional<std::string> config;
    std::optional<base::MemoryBudget> memory; ///< absent: 75 % of the machine's
    std::optional<std::string> out;           ///< absent: standard output
};

/// The heading of these options in help.
inline constexpr const char* common_group = "Common options";

/// @param values receives what is given; lives as long as the result
[[nodiscard]] std::deque<BoundOption> common_options(CommonOptions& values, const Command::Parts& command);

} // namespace limsym::cli
