// [DATA]: records of partial assignments, and the options that say how they are written.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/satnet/assignment.hpp"
#include "limsym/satnet/model.hpp"

namespace limsym::tools {

struct DataOptions {
    std::vector<std::string> files;
    std::optional<std::string> labels;
    std::string facelets = "limsym";
    bool zero_unknown = false;
};

/// The operand [DATA], --labels, --zero-unknown, --facelets.
void declare(cli::Command& command, DataOptions& options);

/// What a reader of the data needs. @param problem and cells of the model, or of --problem
[[nodiscard]] satnet::AssignmentOptions
assignment_options(const DataOptions& options, const std::optional<satnet::Problem>& problem, cli::Context& context);
/// The same for data of a model.
[[nodiscard]] satnet::AssignmentOptions assignment_options(const DataOptions& options, const satnet::Model& model,
                                                           cli::Context& context);

/// Warns of known values that contradict the answers.
void warn_of_contradictions(const std::vector<satnet::Assignment>& records, const std::string& file,
                            cli::Context& context);

} // namespace limsym::tools
