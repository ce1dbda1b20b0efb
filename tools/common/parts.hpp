// What a Command holds: read by the parser, the config reader and the generators of help, man page and completions.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/command.hpp"

namespace limsym::cli {

/// An option and what a text given for it does.
struct BoundOption {
    OptionSpec spec;
    /// Checks the text and stores the value. @param place "--noise" or "limsym.toml:3: noise", begins the message
    /// @throws base::InputError
    std::function<void(const std::string& text, const std::string& place)> set;
};

/// The data operands of a subcommand.
struct Operands {
    std::vector<std::string>* files = nullptr; ///< nullptr: none are taken
    std::size_t least = 0;
    std::size_t most = 0;
    std::string names; ///< "X [X2]"
    std::string help;
};

struct Command::Parts {
    std::string name; ///< one word, or two: "classify fit"
    std::string summary;
    std::vector<std::string> description;
    std::vector<std::pair<std::string, std::string>> examples; ///< command line, what it shows
    std::deque<BoundOption> options;                           ///< a deque: references to specs stay valid
    std::string group = "Options";                             ///< heading of the next option
    Operands operands;
    std::vector<data::Format> forms;
    bool random = false;
    std::function<int(Context&)> body;
};

/// "--sigma-w" without its dashes.
[[nodiscard]] std::string bare_name(const OptionSpec& spec);

/// The documented name, the short one, and every spelling that is accepted without being documented: other_names and
/// the American or British variant of each.
[[nodiscard]] std::vector<std::string> spellings(const OptionSpec& spec);

} // namespace limsym::cli
