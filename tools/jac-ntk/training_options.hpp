// The labelled rows of regress, features, attack and train: one target, features by name, standardised or not.
#pragma once

#include <optional>
#include <string>

#include "common/command.hpp"
#include "limsym/process/model.hpp"

namespace limsym::tools {

struct TrainingOptions {
    std::string target;
    std::string features;
    std::string standardise = "none";
};

void declare(cli::Command& command, TrainingOptions& options);
/// Warns of constant features. @throws InputError naming --target for several columns, or for a constant target under
/// --standardise xy
[[nodiscard]] process::TrainingData read_training(const TrainingOptions& options, const std::string& file,
                                                  cli::Context& context);
/// Features of --test as the training rows have them, original units; targets where the file has them.
[[nodiscard]] process::TestData read_test(const process::TrainingData& training, const std::string& file,
                                          cli::Context& context);

} // namespace limsym::tools
