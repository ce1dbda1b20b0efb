#include "limsym/equivariance/orbit_distance.hpp"

#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "group_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/symmetry/element_file.hpp"
#include "limsym/symmetry/linear_action_expression.hpp"

namespace limsym::tools {

namespace {

using equivariance::OrbitLoss;

struct DistanceCommand {
    GroupOption group;
    std::string loss = "mse";
    bool gradient = false;
    std::vector<std::string> files;
};

data::Json projection_json(const equivariance::Projection& projection) {
    return projection.element ? symmetry::rows_json(*projection.element) : data::Json();
}

int run(const DistanceCommand& options, cli::Context& context) {
    const symmetry::LinearAction group = read_group(options.group, context);
    if (group.is_product())
        throw base::InputError("--group", group.name + " is a product; expected one of its factors");
    const equivariance::OrbitProblem problem = equivariance::OrbitProblem::of(group);
    const OrbitLoss loss = options.loss == "mae4"         ? OrbitLoss::mae4
                           : options.loss == "procrustes" ? OrbitLoss::procrustes
                                                          : OrbitLoss::mse;
    equivariance::check_loss(problem, loss);
    if (options.gradient && loss != OrbitLoss::mse)
        throw base::InputError("--gradient", "is there for --loss mse alone");
    const std::vector<symmetry::Element> matrices =
        symmetry::read_matrices(context.source(options.files.empty() ? "-" : options.files.front()), group);
    for (std::size_t i = 0; i < matrices.size(); ++i) {
        const arma::mat& z = matrices[i].front();
        const equivariance::Projection polar = equivariance::polar_projection(problem, z);
        const equivariance::Projection frame = equivariance::gram_schmidt_projection(problem, z);
        data::Json record{
            {"i", i}, {"distance", equivariance::orbit_distance(problem, z, loss)}, {"loss", options.loss}};
        const arma::vec values = equivariance::invariants(problem, z);
        record["invariants"] = std::vector<double>(values.begin(), values.end());
        record["in_group"] = equivariance::in_group(problem, z);
        record["polar"] = projection_json(polar);
        record["gram_schmidt"] = projection_json(frame);
        record["reason"] = !polar.element ? polar.reason : frame.reason;
        if (options.gradient) record["gradient"] = symmetry::rows_json(equivariance::orbit_gradient(problem, z));
        context.write(record);
    }
    return 0;
}

} // namespace

cli::Command orbit_distance_command() {
    const auto options = std::make_shared<DistanceCommand>();
    cli::Command command("orbit-distance", "how far matrices are from a group, and the elements nearest to them");
    command.describe(
        "One matrix a line, [[..]], {\"z\":[[..]]} or {\"g\":..}, or CSV rows of d x d numbers. One record each: the "
        "distance of its orbit from that of the identity through the invariants of the group, those "
        "invariants, the generalised polar factor and the Gram-Schmidt factor, null with a reason where "
        "there is none.");
    command.example(
        "orbit-symm sample --group 'O(1,3)' -n 3 | orbit-symm orbit-distance --group 'O(1,3)' | jq .distance",
        "zeros to rounding");
    declare(command, options->group);
    command.choice(options->loss, "--loss", {"mse", "mae4", "procrustes"},
                   "mean squared z'Jz - J; mae4: the loss of the paper's code for SO(2); procrustes: O(n), SO(n)");
    command.flag(options->gradient, "--gradient", "the gradient of mse with respect to z");
    command.operands(options->files, 0, 1, "[FILE]", "matrices");
    command.results({data::Format::ndjson});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
