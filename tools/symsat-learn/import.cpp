#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/satnet/formula.hpp"
#include "limsym/satnet/model_document.hpp"

namespace limsym::tools {

namespace {

struct Options {
    std::vector<std::string> files;
    std::optional<std::string> model_out;
};

int run(const Options& options, cli::Context& context) {
    if (!options.model_out) throw base::InputError("--model-out", "is missing; expected a file for the model");
    const std::string file = context.source(options.files.empty() ? "-" : options.files.front()).file;
    const satnet::Formula formula = satnet::read_formula(file, context.monitor());
    const std::uint64_t order = formula.variables + 1;
    context.memory().require(base::saturating_product(base::saturating_product(order, order), 2 * sizeof(double)),
                             "the couplings of " + std::to_string(formula.variables) + " variables");
    const satnet::Model model = satnet::model_of(formula);
    const arma::mat& C = std::get<satnet::MatrixParameters>(model.parameters).C;
    data::Json head = context.head("limsym/symsat-import@1");
    head["options"] = data::Json::object();
    const base::ByteSink sink = context.file(*options.model_out);
    satnet::write_model(sink, model, head, data::Json());
    head["variables"] = formula.variables;
    head["clauses"] = formula.clauses.size();
    head["hard"] = formula.hard;
    head["weight_sum"] = formula.soft_weight;
    head["offset"] = model.offset;
    head["trace"] = arma::trace(C);
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head).key("row0").numbers(arma::vec(C.col(0)));
    writer.member("dropped", formula.dropped).member("empty_weight", formula.empty_weight).end_object().finish();
    return 0;
}

} // namespace

cli::Command import_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("import", "turn a CNF or WCNF formula into a model");
    command.describe(
        "Reads DIMACS CNF and WCNF, the old form (p wcnf V C TOP) and that of 2022 (no p line, h for hard "
        "clauses). Hard clauses weigh 1 plus the sum of the soft ones. The objective of complete plus trace "
        "minus offset is the violated weight for clauses of at most two literals, a lower bound of it for "
        "longer ones.");
    command.example("symsat-learn import f.wcnf --model-out m.json && echo '{\"x\":[null,null,null]}' | symsat-learn "
                    "complete --model m.json --round hyperplane:200 --local-search",
                    "approximate MAXSAT of three variables with a bound");
    command.output(options->model_out, "--model-out", "the model, limsym/symsat-model@1");
    command.operands(options->files, 0, 1, "[FILE]", "formula (standard input)");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
