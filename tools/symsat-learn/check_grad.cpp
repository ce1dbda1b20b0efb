#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "data_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/satnet/gradient.hpp"
#include "model_options.hpp"
#include "start_options.hpp"

namespace limsym::tools {

namespace {

struct Options {
    ModelOptions model;
    DataOptions data;
    StartOptions start;
    satnet::GradientCheckOptions check;
    double tolerance = 1e-5;
    std::string backward = "exact";
};

int run(const Options& options, cli::Context& context) {
    const satnet::Model model = read_model(options.model, context);
    const satnet::AssignmentOptions how = assignment_options(options.data, model, context);
    const StartSource source = read_start(options.start, model, context);
    satnet::AssignmentReader reader(how);
    satnet::Assignment record;
    if (!reader.next(record)) throw base::InputError(how.source.file, "has no records");
    if (record.y.empty()) throw base::InputError(reader.place(), "the key y is missing; expected answers");
    satnet::GradientCheckOptions check = options.check;
    check.backward.exact = options.backward == "exact";
    check.seed = context.seed();
    const std::vector<satnet::GradientBlock> blocks =
        satnet::check_gradient(model, record, start_of(source, model, record.x, 0), check, context.monitor());
    double worst = 0.0;
    data::Json lines = data::Json::array();
    for (const satnet::GradientBlock& block : blocks) {
        worst = std::max(worst, block.worst_relative);
        data::Json line{{"name", block.name}, {"count", block.count}, {"max_rel", block.worst_relative}};
        line["worst"] =
            block.index.empty()
                ? data::Json()
                : data::Json{{"index", block.index}, {"analytic", block.analytic}, {"numeric", block.numeric}};
        lines.push_back(std::move(line));
    }
    const bool ok = worst <= options.tolerance;
    data::Json result = context.head("limsym/check-grad@1");
    result["options"] = {{"backward", options.backward}, {"prox", check.backward.prox},     {"step", check.step},
                         {"samples", check.samples},     {"max_iter", check.stop.max_iter}, {"eps", check.stop.eps}};
    result["ok"] = ok;
    result["tol"] = options.tolerance;
    result["max_rel"] = worst;
    result["blocks"] = std::move(lines);
    context.write(result);
    return ok ? 0 : 1;
}

} // namespace

cli::Command check_grad_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("check-grad", "the layer's gradients against central differences");
    command.describe("Solves the first record to convergence, computes the gradients with respect to the model's own "
                     "parameters and, where a known value is a fraction, to the known values, and holds a sample of "
                     "them against central differences of the solved loss: |analytic - numeric| / max(1, |numeric|). "
                     "Exit 1 when one exceeds --tol.");
    command.example("symsat-learn check-grad --model m.json d.ndjson", "check the model's gradients");
    declare(command, options->model);
    declare(command, options->start);
    command.group("Check");
    command.number(options->tolerance, "--tol", "T", cli::Range::positive(), "largest relative difference");
    command.number(options->check.step, "--step", "H", cli::Range::positive(), "step of the differences");
    command.integer(options->check.samples, "--samples", "N", 1, 1'000'000'000, "parameters of a kind, at most");
    command.integer(options->check.stop.max_iter, "--max-iter", "N", 1, 1'000'000'000, "sweeps at most");
    command.number(options->check.stop.eps, "--eps", "E", cli::Range::not_negative(), "stop rule of the sweeps");
    command.choice(options->backward, "--backward", {"exact", "cd"}, "adjoint to convergence, or by sweeps");
    command.integer(options->check.backward.sweeps, "--backward-sweeps", "N", 0, 1'000'000'000,
                    "sweeps backward (cd: those of forward)");
    command.number(options->check.backward.prox, "--prox", "P", cli::Range::not_negative(),
                   "added to the diagonal of the adjoint equations");
    declare(command, options->data);
    command.results({data::Format::json});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
