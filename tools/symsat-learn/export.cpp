#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "data_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/satnet/max_two_sat.hpp"
#include "model_options.hpp"

namespace limsym::tools {

namespace {

struct Options {
    ModelOptions model;
    std::string what = "wcnf";
    std::optional<std::string> given;
    std::string dialect = "new";
    std::size_t bits = 30;
};

std::vector<double> read_given(const Options& options, const satnet::Model& model, cli::Context& context) {
    if (!options.given) return {};
    if (options.what != "wcnf") throw base::InputError("--given", "is for --what wcnf only");
    DataOptions data;
    data.files = {*options.given};
    satnet::AssignmentReader reader(assignment_options(data, model, context));
    satnet::Assignment record;
    if (!reader.next(record)) throw base::InputError(*options.given, "has no record; expected one");
    for (std::size_t i = 0; i < record.x.size(); ++i)
        if (record.x[i] > 0.0 && record.x[i] < 1.0)
            throw base::InputError(reader.place(), "x[" + std::to_string(i) + "] is a fraction; expected 0, 1 or null");
    return record.x;
}

int run(const Options& options, cli::Context& context) {
    const satnet::Model model = read_model(options.model, context);
    const arma::mat C = satnet::coupling_matrix(model);
    const std::vector<double> given = read_given(options, model, context);
    const bool json = context.result_format_given();
    if (json && (options.what == "qubo" || options.what == "ising"))
        throw base::InputError("--to", "json is for --what wcnf and matrix; " + options.what + " is written as text");
    if (options.what == "matrix") {
        data::JsonWriter(context.out()).matrix(C).finish();
        return 0;
    }
    if (options.what != "wcnf") {
        context.out()(options.what == "qubo" ? satnet::qubo_text(C) : satnet::ising_text(C));
        return 0;
    }
    const satnet::MaxTwoSat problem = satnet::max_two_sat(C, given);
    const auto bits = static_cast<unsigned>(options.bits);
    if (!json) {
        const auto dialect = options.dialect == "old" ? satnet::WcnfDialect::old : satnet::WcnfDialect::modern;
        context.out()(satnet::wcnf_text(problem, dialect, bits));
        return 0;
    }
    data::Json head = context.head("limsym/max2sat@1");
    head["options"] = {{"bits", options.bits}};
    head["variables"] = problem.variables;
    head["constant"] = problem.constant;
    head["scale"] = problem.scale(bits);
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head).member("clauses", problem.clauses);
    writer.key("weights").numbers(arma::vec(problem.weights));
    data::Json hard = data::Json::array();
    for (const std::int64_t literal : problem.hard)
        hard.push_back(data::Json::array({literal}));
    writer.member("hard", hard).end_object().finish();
    return 0;
}

} // namespace

cli::Command export_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("export", "write a model's couplings for MAXSAT, QUBO and Ising solvers");
    command.describe("wcnf: constant + violated weight equals the objective at every point; weights are whole numbers "
                     "round(w scale), both told in comments. qubo and ising: lines i j value. matrix: C.");
    command.example("symsat-learn export --model m.json --given p.json | toulbar2 --stdin=wcnf", "the exact optimum");
    declare(command, options->model);
    command.group("Export");
    command.choice(options->what, "--what", {"wcnf", "qubo", "ising", "matrix"}, "what is written");
    command.input(options->given, "--given", "a record whose known values become hard unit clauses");
    command.choice(options->dialect, "--dialect", {"new", "old"}, "WCNF without a p line (2022), or p wcnf V C TOP");
    command.integer(options->bits, "--bits", "P", 1, 60, "the largest weight becomes 2^P");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
