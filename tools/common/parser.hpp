// The words of a command line as options and operands. The only place that knows CLI11.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/command.hpp"

namespace limsym::cli {

struct ParsedWords {
    std::vector<std::pair<const OptionSpec*, std::string>> options; ///< in order; flags have the text "true"
    std::vector<std::string> operands;
};

/// @param words after the subcommand's name
/// @throws base::InputError on an unknown option (did you mean), a missing value, a value for a flag, an option given
///   twice
[[nodiscard]] ParsedWords parse_words(const std::vector<const OptionSpec*>& specs,
                                      const std::vector<std::string>& words);

} // namespace limsym::cli
