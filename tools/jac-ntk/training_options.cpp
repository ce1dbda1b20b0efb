#include "training_options.hpp"

#include "limsym/base/error.hpp"
#include "limsym/data/table.hpp"
#include "points.hpp"

namespace limsym::tools {

void declare(cli::Command& command, TrainingOptions& options) {
    command.group("Data");
    command.text(options.target, "--target", "COL", "target column, by name or 1-based number").required = true;
    command.text(options.features, "--features", "COL[,COL]",
                 "feature columns, by name or 1-based number; all but the target when left out");
    command
        .choice(options.standardise, "--standardise", {"none", "x", "xy"},
                "bring features, or features and the target, to mean 0 and standard deviation 1, where the network and "
                "the penalty live; undone on output")
        .other_names = {"--standardize"};
}

process::TrainingData read_training(const TrainingOptions& options, const std::string& file, cli::Context& context) {
    const data::Table table = data::read_table(context.source(file));
    check_columns(table, options.target);
    check_columns(table, options.features);
    process::TrainingData training = process::training_data(
        table, options.target, options.features, process::parse_standardise(options.standardise, "--standardise"));
    if (training.targets.size() != 1)
        throw base::InputError("--target", std::to_string(training.targets.size()) + " columns; expected one");
    if (!training.y_units.constant.empty())
        throw base::InputError(table.file, "column " + base::quoted(training.targets.front()) +
                                               " is constant; expected a target that varies, or --standardise x");
    for (const std::size_t column : training.x_units.constant)
        context.warn(table.file + ": column " + base::quoted(training.features[column]) +
                     " is constant; it is taken as 0");
    return training;
}

process::TestData read_test(const process::TrainingData& training, const std::string& file, cli::Context& context) {
    return process::test_data(data::read_table(context.source(file)), training);
}

} // namespace limsym::tools
