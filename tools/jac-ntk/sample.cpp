// jac-ntk sample: joint draws of a wide network and its gradient at initialisation.
#include <memory>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/kernel/jacobian_jets.hpp"
#include "limsym/process/sampling.hpp"
#include "network_options.hpp"
#include "points.hpp"

namespace limsym::tools {

namespace {

struct Options {
    PointOptions points;
    JacobianNetworkOptions network;
    std::size_t count = 1;
    double kappa = 1.0;
};

std::vector<std::string> column_names(std::size_t points, std::size_t features) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < points; ++i) {
        names.push_back("f" + std::to_string(i));
        for (std::size_t a = 1; a <= features; ++a)
            names.push_back("g" + std::to_string(i) + "_" + std::to_string(a));
    }
    return names;
}

int run(const Options& options, cli::Context& context) {
    const network::Network network = read_network(options.network, context);
    const arma::mat x = read_points(options.points, context);
    const kernel::JacobianNetwork limit = kernel::make_jacobian_network(network, x.n_cols);
    const std::uint64_t size = x.n_rows * (x.n_cols + 1);
    context.memory().require(
        kernel::matrix_bytes(x.n_rows, x.n_rows, kernel::jet_bytes(false) + 3 * kernel::dense_bytes(x.n_cols)) +
            kernel::matrix_bytes(options.count, size, sizeof(double)),
        "the covariance and the draws");
    arma::mat sigma;
    {
        const kernel::JacobianKernels kernels =
            kernel::jacobian_kernels(limit, x, nullptr, {true, false, false}, context.monitor());
        sigma = options.kappa * options.kappa * kernel::expand(kernels.nngp, x, x, true);
        if (!sigma.is_finite())
            throw base::WorkError("the covariance leaves the range of double; try a smaller --kappa or sigma_w");
    }
    process::SampleOptions how;
    how.count = options.count;
    how.seed = context.seed();
    const process::Sample draws =
        process::sample_prior(std::move(sigma), process::parse_scale_prior("point:1"), how, context.monitor());
    if (context.result_format() == data::Format::csv)
        data::write_csv(context.out(), column_names(x.n_rows, x.n_cols), draws.values);
    else
        data::write_matrix(context.out(), context.result_format(), draws.values);
    return 0;
}

} // namespace

cli::Command sample_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("sample", "draws of a wide network and its gradient at initialisation");
    command.describe(
        "Draws of N(0, kappa^2 Sigma) over (f, df/dx_1, ..., df/dx_d) at every point, a draw a row; columns "
        "f0, g0_1, ..., g0_d, f1, ... Draw i depends on the seed and i alone.");
    command.example("jac-ntk sample --activation gelu --depth 2 --count 1000 x.csv", "1000 networks before training");
    declare(command, options->network);
    command.group("Draws");
    command.integer(options->count, "--count", "N", 1, 1'000'000'000, "number of draws").short_name = "-n";
    command.number(options->kappa, "--kappa", "K", cli::Range::positive(), "output scale of the network");
    declare(command, options->points);
    command.results({data::Format::csv, data::Format::npy});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
