#include "data_options.hpp"

namespace limsym::tools {

void declare(cli::Command& command, DataOptions& options) {
    command.group("Data");
    command.input(options.labels, "--labels", "answers in a file of their own, as many rows and columns as DATA");
    command.flag(options.zero_unknown, "--zero-unknown", "a one-hot cell of zeros in x is unknown (SATNet's arrays)");
    command.choice(options.facelets, "--facelets", {"limsym", "kociemba"},
                   "text form of a cube: faces F U R L D B as 0-5, or Kociemba's URFDLB letters");
    command.operands(options.files, 0, 1, "[DATA]", "NDJSON of limsym/assignment@1, CSV, npy, h5, or lines of boards");
}

satnet::AssignmentOptions assignment_options(const DataOptions& options, const std::optional<satnet::Problem>& problem,
                                             cli::Context& context) {
    satnet::AssignmentOptions result;
    result.source = context.source(options.files.empty() ? "-" : options.files.front());
    result.problem = problem;
    if (options.labels) {
        const data::Source labels = context.source(*options.labels);
        result.labels = data::Source{labels.file, std::nullopt, ""};
    }
    result.zero_unknown = options.zero_unknown;
    result.facelets = options.facelets == "kociemba" ? satnet::Facelets::kociemba : satnet::Facelets::limsym;
    return result;
}

satnet::AssignmentOptions assignment_options(const DataOptions& options, const satnet::Model& model,
                                             cli::Context& context) {
    satnet::AssignmentOptions result = assignment_options(options, model.problem, context);
    result.variables = model.n;
    result.cells = model.cells;
    return result;
}

void warn_of_contradictions(const std::vector<satnet::Assignment>& records, const std::string& file,
                            cli::Context& context) {
    std::size_t values = 0;
    std::size_t boards = 0;
    for (const satnet::Assignment& record : records) {
        const std::size_t count = satnet::contradictions(record);
        values += count;
        boards += count > 0 ? 1 : 0;
    }
    if (values > 0)
        context.warn(file + ": " + std::to_string(values) + " known values in " + std::to_string(boards) +
                     " records contradict their answers");
}

} // namespace limsym::tools
