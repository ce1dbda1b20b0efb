// jac-ntk check: derivative blocks against finite differences.
#include <memory>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "kernel_choice.hpp"
#include "limsym/kernel/jacobian_check.hpp"
#include "network_options.hpp"
#include "points.hpp"

namespace limsym::tools {

namespace {

struct Options {
    PointOptions points;
    JacobianNetworkOptions network;
    std::string which = "nngp-jac,jntk";
    double step = 1e-4;
    double tolerance = 1e-6;
};

int run(const Options& options, cli::Context& context) {
    const KernelChoice choice = parse_kernel_choice(options.which);
    const network::Network network = read_network(options.network, context);
    const arma::mat x = read_points(options.points, context);
    const kernel::JacobianNetwork limit = network_for(choice, network, x.n_cols);
    if (choice.ntk) kernel::require_jacobian_ntk(limit);
    context.memory().require(kernel::check_bytes(x.n_rows, x.n_cols), "the kernels of moved points");
    const kernel::DifferenceCheck check =
        kernel::check_differences(limit, x, choice.jets(false), options.step, context.monitor());
    const bool ok = check.symmetric && check.nngp.value_or(0.0) <= options.tolerance &&
                    check.ntk.value_or(0.0) <= options.tolerance;
    data::Json result = context.head("limsym/jac-check@1");
    result["options"] = {{"which", options.which},
                         {"h", options.step},
                         {"tol", options.tolerance},
                         {"network", network_document(network)}};
    result["h"] = options.step;
    result["tol"] = options.tolerance;
    if (check.nngp) result["max_error_nngp"] = *check.nngp;
    if (check.ntk) result["max_error_ntk"] = *check.ntk;
    result["symmetric"] = check.symmetric;
    result["ok"] = ok;
    context.write(result);
    return ok ? 0 : 1;
}

} // namespace

cli::Command check_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("check", "derivative blocks against finite differences of the kernel's values");
    command.describe(
        "Prints the largest |analytic - central difference| over all Jacobian entries of all pairs, relative "
        "to the largest entry. Exit status 1, with the record, when it is above --tol. Differences of a "
        "rectifier's kernel at equal inputs converge like h only.");
    command.example("jac-ntk sphere --n 20 | jac-ntk check --activation gelu --depth 3 -",
                    "a self-check of the recursion");
    declare(command, options->network);
    command.group("Check");
    command.text(options->which, "--which", "LIST", "kernels: nngp-jac, jntk, or both");
    command.number(options->step, "--h", "H", cli::Range::positive(), "step of the inputs");
    command.number(options->tolerance, "--tol", "V", cli::Range::positive(), "largest relative error that is accepted");
    declare(command, options->points);
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
