#include "function_options.hpp"

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/equivariance/datasets.hpp"
#include "limsym/network/network.hpp"

namespace limsym::tools {

void declare(cli::Command& command, FunctionOptions& options) {
    command.group("Function");
    command.input(options.model, "--model", "a trained network, limsym/network@1 with weights");
    command.text(options.program, "--exec", "CMD",
                 "a program that answers every line of numbers with one line of numbers");
    command.text(options.formula, "--true", "KIND[:OPT=VAL]", "a function of data, such as inertia:eps=0.3,axis=2");
    command.flag(options.shell, "--shell", "run --exec through sh -c");
    command.choice(options.format, "--exec-format", {"csv", "json"},
                   "lines of --exec: numbers with commas, or JSON arrays");
    command.flag(options.batch, "--exec-batch", "write all rows before the first answer is expected");
    command.integer(options.jobs, "--exec-jobs", "J", 1, 1024, "copies of the program, which take the rows in turn");
    command.integer(options.window, "--window", "N", 1, 1'000'000'000,
                    "rows that may wait for an answer; doubles while the program buffers");
    command.number(options.timeout, "--timeout", "SECONDS", cli::Range::positive(),
                   "longest silence while an answer is due");
    command.group("Options");
}

namespace {

void check_sizes(const equivariance::RowFunction& function, const std::string& who, std::size_t inputs,
                 std::size_t outputs, const RepresentationOptions& reps) {
    if (function.inputs() != inputs)
        throw base::InputError(who, "takes " + std::to_string(function.inputs()) + " inputs, --rep-in " +
                                        reps.in.value_or("") + " has " + std::to_string(inputs));
    if (function.outputs() != outputs)
        throw base::InputError(who, "gives " + std::to_string(function.outputs()) + " outputs, --rep-out " +
                                        reps.out.value_or("") + " has " + std::to_string(outputs));
}

} // namespace

std::unique_ptr<equivariance::RowFunction> read_function(const FunctionOptions& options, std::size_t inputs,
                                                         std::size_t outputs, const RepresentationOptions& reps,
                                                         cli::Context& context) {
    const int given =
        int{options.model.has_value()} + int{options.program.has_value()} + int{options.formula.has_value()};
    if (given != 1)
        throw base::InputError("--model", given == 0
                                              ? "is missing; expected one of --model FILE, --exec CMD, --true KIND"
                                              : "more than one function; expected one of --model, --exec, --true");
    if (options.model) {
        const data::Source source = context.source(*options.model);
        const data::Json document = data::read_json(source.file);
        auto function = equivariance::network_function(network::read_network(document, source.file));
        check_sizes(*function, source.file, inputs, outputs, reps);
        return function;
    }
    if (options.formula) {
        const equivariance::Dataset dataset = equivariance::parse_dataset(*options.formula, "--true");
        auto function = equivariance::formula_function(dataset.inputs(), dataset.outputs(),
                                                       [dataset](const arma::vec& x) { return dataset.target(x); });
        check_sizes(*function, "--true", inputs, outputs, reps);
        return function;
    }
    context.graceful_stop(); // so that the program and its children end with us
    return equivariance::program_function(inputs, outputs,
                                          {*options.program, options.shell, options.jobs, options.format == "json",
                                           options.batch, options.window, options.timeout});
}

equivariance::GroupSetting read_setting(const GroupOption& group, const RepresentationOptions& reps,
                                        cli::Context& context) {
    symmetry::LinearAction action = read_group(group, context);
    symmetry::Representation in = read_representation(reps.in, action, "--rep-in");
    symmetry::Representation out = read_representation(reps.out, action, "--rep-out");
    return {std::move(action), std::move(in), std::move(out)};
}

} // namespace limsym::tools
