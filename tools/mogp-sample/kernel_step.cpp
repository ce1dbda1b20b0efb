#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/mixture/step_document.hpp"

namespace limsym::tools {

namespace {

int run(const std::string& operand, cli::Context& context) {
    const std::string file = context.source(operand).file;
    const mixture::StepDocument step = mixture::read_step(file);
    const arma::mat kernel = mixture::apply_step(step);
    data::Json head = context.head("limsym/kernel@1");
    head["options"] = data::Json::object();
    head["kind"] = "nngp";
    head["rows"] = kernel.n_rows;
    head["cols"] = kernel.n_cols;
    head["symmetric"] = true;
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head).key("nngp").matrix(kernel).end_object().finish();
    return 0;
}

} // namespace

cli::Command kernel_step_command() {
    const auto files = std::make_shared<std::vector<std::string>>();
    cli::Command command("kernel-step", "one step of the kernel recursion from given points and normals");
    command.describe(
        "FILE holds {\"activation\", \"sigma_w\", \"sigma_b\", \"a\", \"points\":[J], \"normals\":[J rows "
        "of n], \"K\":[n rows of n] or \"inputs\":[n rows of d]}. Node j has the values R normals_j with R "
        "the lower Cholesky factor of K; with inputs, K = sigma_b^2 + sigma_w^2 x.x'/d. There is no "
        "randomness: for checks, and for replaying a draw.");
    command.example("mogp-sample kernel-step step.json | jq .nngp.data", "the next kernel");
    command.operands(*files, 1, 1, "FILE", "the step");
    command.results({data::Format::json});
    command.run([files](cli::Context& context) { return run(files->front(), context); });
    return command;
}

} // namespace limsym::tools
