#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "data_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/satnet/gradient.hpp"
#include "model_options.hpp"
#include "start_options.hpp"

namespace limsym::tools {

namespace {

struct Options {
    ModelOptions model;
    DataOptions data;
    StartOptions start;
    std::size_t max_iter = 40;
    double eps = 1e-4;
    bool grad = false;
    std::string backward = "cd";
    std::optional<double> prox;
    std::optional<std::size_t> sweeps;
    double tolerance = 1e-12;
    std::string loss_mean = "unknown";
};

satnet::BackwardOptions backward_options(const Options& options) {
    satnet::BackwardOptions backward;
    backward.exact = options.backward == "exact";
    backward.sweeps = options.sweeps;
    backward.tolerance = options.tolerance;
    backward.prox = options.prox.value_or(backward.exact ? 0.0 : 0.01);
    backward.mean = options.loss_mean == "all" ? satnet::LossMean::all : satnet::LossMean::unknown;
    return backward;
}

void write_gradient(data::JsonWriter& writer, const satnet::Model& model, const satnet::LayerGradient& gradient) {
    writer.member("loss", gradient.loss).key("dC_sym").matrix(gradient.dC);
    writer.key("dz").numbers(arma::vec(gradient.dz));
    if (std::holds_alternative<satnet::FactorParameters>(model.parameters)) writer.key("dS").matrix(gradient.dS);
    if (std::holds_alternative<satnet::OrbitalParameters>(model.parameters)) {
        writer.key("dvalues").numbers(arma::vec(gradient.values));
        writer.key("dupper").numbers(arma::vec(gradient.upper));
    }
}

int run(const Options& options, cli::Context& context) {
    const satnet::Model model = read_model(options.model, context);
    const satnet::AssignmentOptions how = assignment_options(options.data, model, context);
    const StartSource source = read_start(options.start, model, context);
    const satnet::BackwardOptions backward = backward_options(options);
    const satnet::Couplings<double> couplings = satnet::dense_couplings<double>(satnet::coupling_matrix(model));
    satnet::BoardSolver<double> solver(couplings);
    satnet::AssignmentReader reader(how);
    satnet::Assignment record;
    for (std::uint64_t index = 0; reader.next(record); ++index) {
        if (options.grad && record.y.empty())
            throw base::InputError(reader.place(), "the key y is missing; expected answers for --grad");
        const satnet::Start start = start_of(source, model, record.x, index);
        solver.load(record.x, start);
        const satnet::ForwardResult result = solver.forward({options.max_iter, options.eps});
        arma::vec z(record.x);
        double smallest = 0.0;
        for (std::size_t p = 0; p < solver.unknown(); ++p) {
            smallest = p == 0 ? solver.norm(p) : std::min(smallest, solver.norm(p));
            if (solver.variable(p) <= model.n)
                z[solver.variable(p) - 1] = solver.norm(p) > 0.0 ? solver.output(p).z : 0.5;
        }
        data::JsonWriter writer(context.out());
        writer.begin_object().member("schema", "limsym/forward@1").member("id", record.id).key("z").numbers(z);
        writer.member("objective", solver.energy()).member("iters", result.iters);
        writer.key("decrease").numbers(arma::vec(result.decreases));
        writer.member("gnorm_min", solver.unknown() > 0 ? data::Json(smallest) : data::Json());
        if (options.grad)
            write_gradient(writer, model,
                           satnet::layer_gradient(model, solver, record, start.sides, result.iters, backward));
        writer.end_object().finish();
        context.flush();
    }
    return 0;
}

} // namespace

cli::Command forward_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("forward", "one pass through the layer from a given start, with gradients");
    command.describe("The mixing method in double precision: z, the objective sum over i != j of C_ij v_i.v_j, the "
                     "sweeps that did not trigger the stop, and what every sweep gained. --grad adds the gradient of "
                     "the cross-entropy of the unknown scored variables with respect to C (C_ij and C_ji moved "
                     "together), the known values, and the model's own parameters; by default with as many sweeps "
                     "backward as forward, with --backward exact to convergence.");
    command.example("symsat-learn forward --model m.json --eps 0 --max-iter 5 d.ndjson", "five sweeps");
    declare(command, options->model);
    declare(command, options->start);
    command.group("Sweeps");
    command.integer(options->max_iter, "--max-iter", "N", 1, 1'000'000'000, "sweeps at most");
    command.number(options->eps, "--eps", "E", cli::Range::not_negative(),
                   "stop when a sweep gains less than E times the first (0: run all sweeps)");
    command.group("Gradient");
    command.flag(options->grad, "--grad", "add gradients (records need y)");
    command.choice(options->backward, "--backward", {"cd", "exact"}, "sweeps, or to convergence");
    command.number(options->prox, "--prox", "P", cli::Range::not_negative(),
                   "added to the diagonal of the adjoint equations (cd 0.01, exact 0)");
    command.integer(options->sweeps, "--backward-sweeps", "N", 0, 1'000'000'000, "sweeps backward (iters)");
    command.number(options->tolerance, "--backward-tol", "T", cli::Range::positive(),
                   "exact: until U changes by less than T |U|");
    command.choice(options->loss_mean, "--loss-mean", {"unknown", "all"},
                   "mean over the unknown scored variables, or over all n");
    declare(command, options->data);
    command.results({data::Format::ndjson});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
