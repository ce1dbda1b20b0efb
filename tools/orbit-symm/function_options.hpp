// --model, --exec or --true: the function that a subcommand works on.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "common/command.hpp"
#include "group_options.hpp"
#include "limsym/equivariance/row_function.hpp"
#include "limsym/equivariance/symmetrised.hpp"

namespace limsym::tools {

struct FunctionOptions {
    std::optional<std::string> model;
    std::optional<std::string> program;
    std::optional<std::string> formula;
    bool shell = false;
    std::string format = "csv";
    bool batch = false;
    std::size_t jobs = 1;
    std::size_t window = 256;
    double timeout = 30.0;
};
void declare(cli::Command& command, FunctionOptions& options);

/// The function, checked against the sizes of the representations.
/// @throws InputError when none or more than one is given, or the sizes differ
[[nodiscard]] std::unique_ptr<equivariance::RowFunction> read_function(const FunctionOptions& options,
                                                                       std::size_t inputs, std::size_t outputs,
                                                                       const RepresentationOptions& reps,
                                                                       cli::Context& context);

/// --group, --rep-in and --rep-out together.
[[nodiscard]] equivariance::GroupSetting read_setting(const GroupOption& group, const RepresentationOptions& reps,
                                                      cli::Context& context);

} // namespace limsym::tools
