#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "data_options.hpp"
#include "limsym/nodescaling/tangent_gram.hpp"
#include "limsym/nodescaling/width_bound.hpp"

namespace limsym::tools {

namespace {

struct TheoryOptions {
    nodescaling::WidthBoundOptions bound;
    std::string activation = "relu";
    double sigma_w = 1.4142135623730951;
    DataOptions data;
};

int run(const TheoryOptions& options, cli::Context& context) {
    const nodescaling::NodeData data =
        nodescaling::read_inputs(context.source(options.data.files.front()), options.data.columns(), std::nullopt);
    context.memory().require(nodescaling::tangent_gram_bytes(data.rows(), 0), "the mean tangent Gram matrix");
    const nodescaling::WidthBound bound = nodescaling::width_bound(
        nodescaling::NodeActivation(options.activation), options.sigma_w, data.x, options.bound, context.monitor());
    data::Json record = context.head("limsym/node-theory@1");
    record["options"] = {{"activation", options.activation}, {"sigma_w", options.sigma_w}};
    record["n"] = data.rows();
    record["kappa"] = bound.kappa;
    record["R"] = bound.r;
    record["m_required"] = bound.nodes ? data::Json(*bound.nodes) : data::Json();
    if (!bound.nodes) record["m_required_reason"] = "kappa is not above the rounding error of the matrix";
    record["eig_floor"] = bound.eigenvalue_floor;
    record["gamma"] = options.bound.gamma;
    record["delta"] = options.bound.delta;
    record["eps"] = options.bound.eps;
    context.write(record);
    return 0;
}

} // namespace

cli::Command theory_command() {
    const auto options = std::make_shared<TheoryOptions>();
    cli::Command command("theory", "a width beyond which the tangent Gram matrix starts well-conditioned");
    command.describe("kappa is the smallest eigenvalue of the mean tangent Gram matrix, R the largest of X X'/d. With "
                     "probability 1 - delta a network of m_required nodes starts with a smallest eigenvalue of at "
                     "least eig_floor = gamma (1 - eps) kappa (a matrix Chernoff bound). This is about the "
                     "initialisation only.");
    command.example("node-scaling theory --gamma 0.5 --delta 0.05 x.csv", "for these points");
    command.number(options->bound.gamma, "--gamma", "V", cli::Range::closed(0.0, 1.0), "weight of the uniform scales");
    command.number(options->bound.delta, "--delta", "V", cli::Range::open(0.0, 1.0), "probability of failure");
    command.number(options->bound.eps, "--eps", "V", cli::Range::open(0.0, 1.0), "share of kappa that may be lost");
    command.choice(options->activation, "--activation", nodescaling::NodeActivation::names(), "activation");
    command.number(options->sigma_w, "--sigma-w", "V", cli::Range::positive(), "standard deviation of the weights");
    declare_columns(command, options->data);
    command.operands(options->data.files, 1, 1, "X", "table of inputs");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
