#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "data_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/satnet/evaluation.hpp"
#include "model_options.hpp"

namespace limsym::tools {

namespace {

struct Options {
    ModelOptions model;
    DataOptions data;
    SolveOptions solve;
};

data::Json interval(std::size_t successes, std::size_t count) {
    if (count == 0) return nullptr;
    const auto [low, high] = satnet::wilson_interval(successes, count);
    return {low, high};
}

int run(const Options& options, cli::Context& context) {
    const satnet::Model model = read_model(options.model, context);
    const satnet::AssignmentOptions how = assignment_options(options.data, model, context);
    const satnet::CompletionOptions completion = completion_options(options.solve, model, context);
    const std::vector<satnet::Assignment> records = satnet::read_assignments(how);
    for (std::size_t r = 0; r < records.size(); ++r)
        if (records[r].y.empty())
            throw base::InputError(how.source.file, "record " + std::to_string(r) + " has no answer y");
    warn_of_contradictions(records, how.source.file, context);
    const satnet::Evaluation result = satnet::evaluate(model, records, completion, context.monitor());
    if (result.unconverged > 0)
        context.note(std::to_string(result.unconverged) + " of " + std::to_string(result.records) +
                     " boards reached --max-iter before they converged");
    data::Json record = context.head("limsym/symsat-eval@1");
    record["options"] = options_json(completion, model);
    record["records"] = result.records;
    record["board_correct"] = result.board_correct;
    record["board_accuracy"] = result.board_accuracy();
    record["board_interval"] = interval(result.board_correct, result.records);
    record["cells"] = result.cells;
    record["cell_correct"] = result.cell_correct;
    const std::optional<double> cell_accuracy = result.cell_accuracy();
    record["cell_accuracy"] = cell_accuracy ? data::Json(*cell_accuracy) : data::Json();
    record["cell_interval"] = interval(result.cell_correct, result.cells);
    record["valid_accuracy"] =
        result.valid ? data::Json(static_cast<double>(*result.valid) / static_cast<double>(result.records))
                     : data::Json();
    record["loss"] = result.loss;
    record["iters_mean"] = result.iters_mean;
    record["unconverged"] = result.unconverged;
    data::Json reasons = data::Json::object();
    if (!cell_accuracy) reasons["cell_accuracy"] = reasons["cell_interval"] = "no cell is unknown and scored";
    if (!result.valid) reasons["valid_accuracy"] = "the model has no rule that could be violated";
    if (!reasons.empty()) record["reasons"] = reasons;
    context.write(record);
    return 0;
}

} // namespace

cli::Command eval_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("eval", "complete records with answers and count what is right");
    command.describe("A board is right when every scored variable (y is 0 or 1) is; cells counts the cells with an "
                     "unknown, scored variable. Intervals are Wilson's at 95 %. valid_accuracy is the share of boards "
                     "that break no rule of the problem, loss the mean cross-entropy over the scored variables. Boards "
                     "are solved to convergence: training's own stop rule gives far lower figures.");
    command.example("symsat-learn gen sudoku --count 300 --givens 36 --seed 7 | symsat-learn eval --model m.json",
                    "accuracy on fresh boards");
    declare(command, options->model);
    declare(command, options->solve);
    declare(command, options->data);
    command.results({data::Format::json});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
