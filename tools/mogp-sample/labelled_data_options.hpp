// Rows with classes: a table with --target, or idx images with --labels; the same in every subcommand that takes them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/mixture/labelled_data.hpp"
#include "limsym/mixture/map_model.hpp"

namespace limsym::tools {

struct LabelledDataOptions {
    std::optional<std::string> target;
    std::optional<std::string> features;
    std::optional<std::string> labels;
    std::optional<std::size_t> limit;
    std::vector<std::string> files;
};

void declare(cli::Command& command, LabelledDataOptions& options);

/// The operand (standard input without one). @param classes K of the model; nothing: as many as there are
[[nodiscard]] mixture::LabelledData read_data(const LabelledDataOptions& options, std::optional<std::size_t> classes,
                                              bool needs_labels, cli::Context& context);
/// Another file of the same kind: the same columns, labels of its own, all of its rows.
[[nodiscard]] mixture::LabelledData read_further_data(const LabelledDataOptions& options, const std::string& file,
                                                      const std::optional<std::string>& labels, std::size_t classes,
                                                      cli::Context& context);

/// --model FILE, a network that train wrote.
[[nodiscard]] mixture::MapModel read_model(const std::optional<std::string>& file, cli::Context& context);
void declare_model(cli::Command& command, std::optional<std::string>& file);

} // namespace limsym::tools
