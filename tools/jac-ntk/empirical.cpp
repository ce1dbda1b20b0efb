// jac-ntk empirical: finite networks, exactly, and how far they are from the limit.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "finite_network.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/data/sharded_document.hpp"
#include "limsym/kernel/jacobian_jets.hpp"
#include "limsym/network/jacobian_ntk.hpp"
#include "limsym/network/width_document.hpp"
#include "network_options.hpp"
#include "points.hpp"

namespace limsym::tools {

namespace {

constexpr std::size_t most_width = 10'000'000;

struct Options {
    PointOptions points;
    JacobianNetworkOptions network;
    double kappa = 1.0;
    std::vector<double> widths;
    std::optional<std::size_t> repeats;
    std::optional<base::Shard> shard;
    std::optional<std::string> plot;
    bool timings = false;
};

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
}

int write_exact(const Options& options, const network::Network& net, const arma::mat& x, cli::Context& context) {
    const auto begin = Clock::now();
    const auto refuse = [](bool given, const char* name) {
        if (given) throw base::InputError(name, "belongs to a sweep over widths; expected --width as well");
    };
    refuse(options.repeats.has_value(), "--repeats");
    refuse(options.shard.has_value(), "--shard");
    refuse(options.plot.has_value(), "--plot");
    if (context.result_format() == data::Format::csv)
        throw base::InputError("--to", "csv holds the rows of a sweep over widths; expected json, or --width");
    if (!options.network.plain.net)
        throw base::InputError("--width", "is missing; expected widths, or --net with the weights of a network");
    const FiniteNetwork finite = given_network(net, x.n_cols, points_file(options.points));
    context.memory().require(network::jacobian_ntk_bytes(finite.shape, x.n_rows), "the Jacobian NTK");
    const arma::mat samples = x.t();
    const network::ValuesAndJacobian z =
        network::values_and_jacobian(finite.shape, finite.parameters, samples, options.kappa);
    const arma::mat kernel =
        network::jacobian_ntk(finite.shape, finite.parameters, samples, options.kappa, context.monitor());
    if (!z.value.is_finite() || !z.jacobian.is_finite() || !kernel.is_finite())
        throw base::WorkError("the network's values or kernel leave the range of doubles; try smaller weights");

    data::Json head = context.head("limsym/jac-empirical@1");
    head.erase("seed");
    head["options"] = {{"kappa", options.kappa}, {"network", network_document(net)}};
    head["n"] = x.n_rows;
    head["d"] = x.n_cols;
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head);
    writer.key("f").numbers(z.value);
    writer.key("jacobian").rows(arma::mat(z.jacobian.t()));
    writer.key("jntk").matrix(kernel);
    if (options.timings) writer.member("seconds", seconds_since(begin));
    writer.end_object().finish();
    return 0;
}

network::WidthSweep sweep_of(const Options& options, const cli::Context& context) {
    network::WidthSweep sweep;
    for (const double width : options.widths) {
        if (width != std::floor(width))
            throw base::InputError("--width", data::to_text(width) + " is no whole number; expected widths >= 1");
        sweep.widths.push_back(static_cast<std::size_t>(width));
    }
    sweep.repeats = options.repeats.value_or(1);
    sweep.seed = context.seed();
    return sweep;
}

// Layers that say their width, or have weights, cannot be swept over.
void check_sweep(const network::Network& net) {
    if (has_weights(net)) throw base::InputError("--width", net.file + " has weights; expected one of the two");
    for (std::size_t l = 0; l + 1 < net.layers.size(); ++l) {
        const auto* dense = std::get_if<network::Dense>(&net.layers[l].value);
        if (dense == nullptr || !dense->width) continue;
        throw base::InputError(base::at_pointer(net.file, "/layers/" + std::to_string(l) + "/dense/width"),
                               std::to_string(*dense->width) +
                                   "; expected no width, --width gives those of all hidden layers");
    }
}

void require_memory(const network::Network& net, const arma::mat& x, const network::WidthSweep& sweep,
                    const cli::Context& context) {
    using base::saturating_product;
    const std::size_t widest = *std::max_element(sweep.widths.begin(), sweep.widths.end());
    const network::MultilayerPerceptron shape =
        network::make_perceptron(net, {.inputs = x.n_cols, .width = widest, .outputs = 1, .user = "jac-ntk"});
    const std::uint64_t size = saturating_product(x.n_rows, x.n_cols + 1);
    const std::uint64_t limit = saturating_product(8, saturating_product(size, size));
    const std::uint64_t kernel = network::jacobian_ntk_bytes(shape, x.n_rows);
    const std::uint64_t parameters = saturating_product(8, shape.parameters);
    const double bytes = static_cast<double>(limit) + static_cast<double>(kernel) + static_cast<double>(parameters);
    context.memory().require(bytes < 1e18 ? limit + kernel + parameters : std::uint64_t{1} << 62U,
                             "the widest network and its kernel");
}

int write_widths(const Options& options, const network::Network& net, const arma::mat& x, cli::Context& context) {
    const auto begin = Clock::now();
    const bool csv = context.result_format() == data::Format::csv;
    if (csv && options.shard) throw base::InputError("--shard", "csv has no place for the shard; expected --to json");
    if (options.shard && options.plot)
        throw base::InputError("--plot", "a shard has no summary; expected merge --plot");
    check_sweep(net);
    const kernel::JacobianNetwork limit = smooth_limit(net, x.n_cols);
    const network::WidthSweep sweep = sweep_of(options, context);
    require_memory(net, x, sweep, context);
    const arma::mat theta = kernel::expand(
        kernel::jacobian_kernels(limit, x, nullptr, {.nngp = false, .ntk = true}, context.monitor()).ntk, x, x, true);
    const std::vector<network::WidthRow> rows =
        network::sweep_widths(net, x.t(), theta, sweep, options.shard.value_or(base::Shard{}), context.monitor());
    if (csv) {
        arma::mat cells(rows.size(), 5, arma::fill::none);
        for (std::size_t r = 0; r < rows.size(); ++r)
            cells.row(r) = arma::rowvec{static_cast<double>(rows[r].width), static_cast<double>(rows[r].repeat),
                                        rows[r].distance.max_abs, rows[r].distance.rel_max, rows[r].distance.rel_fro};
        data::write_csv(context.out(), {"width", "repeat", "max_abs", "rel_max", "rel_fro"}, cells);
    }
    data::Json document = context.head(network::width_schema);
    document["options"] = {{"width", sweep.widths},
                           {"repeats", sweep.repeats},
                           {"points_sha256", data::matrix_sha256(x)},
                           {"network", network_document(net)}};
    if (options.shard) document["shard"] = data::shard_json(*options.shard);
    document["n"] = x.n_rows;
    document["d"] = x.n_cols;
    document["rows"] = network::rows_json(rows);
    if (!options.shard) {
        const std::vector<network::WidthSummary> summaries = network::summarise(sweep, rows);
        document["summary"] = network::summary_json(summaries);
        if (options.plot) data::write_plot(*options.plot, network::width_plot(summaries));
    }
    if (options.timings) document["seconds"] = seconds_since(begin);
    if (!csv) context.write(document);
    return 0;
}

int run(const Options& options, cli::Context& context) {
    const network::Network net = read_network(options.network, context);
    const arma::mat x = read_points(options.points, context);
    return options.widths.empty() ? write_exact(options, net, x, context) : write_widths(options, net, x, context);
}

} // namespace

cli::Command empirical_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("empirical", "values, Jacobian and Jacobian NTK of finite networks, and their distance to the "
                                      "limit by width");
    command.describe(
        "Without --width, the network of --net has weights: f, its gradient and T = <grad_theta z_a, grad_theta z_b> "
        "at "
        "the points, all with the output scale kappa, exactly and by matrix products alone. Rows and columns of T are "
        "point-major, row i (d + 1) + a.");
    command.describe(
        "With --width, networks are drawn from the seed, --repeats of each width, and their Jacobian NTK at the start "
        "is "
        "held against the limit Theta: largest difference, the same relative to the largest entry of Theta, and the "
        "relative difference in the Frobenius norm. The summary has the mean of the second for every width and its 95 "
        "% "
        "percentile bootstrap interval (1000 resamples). A narrower network of a repeat is a part of the wider ones, "
        "which makes comparisons between widths less noisy.");
    command.example("jac-ntk empirical --net trained.json x.csv | jq .jntk | nngp-kernel check -",
                    "the tangent kernel of a trained network");
    command.example("jac-ntk sphere --n 32 | jac-ntk empirical --activation gelu --depth 1 --input-scale unit "
                    "--width 64,256,1024 --repeats 10 --plot widths.svg -",
                    "how fast wide networks come near their limit");
    declare(command, options->network);
    command.group("Finite networks");
    command.number(options->kappa, "--kappa", "K", cli::Range::positive(),
                   "output scale of the network; distances to the limit are without it");
    command.numbers(options->widths, "--width", "LIST", cli::Range::closed(1.0, static_cast<double>(most_width)),
                    "draw networks of these widths and compare them with the limit");
    command.integer(options->repeats, "--repeats", "N", 1, 1'000'000, "networks of each width").default_text = "1";
    command.shard(options->shard, "part of the sweep over widths");
    command.plot(options->plot, "mean distance against width, with its interval");
    command.flag(options->timings, "--timings", "add the seconds it took as last field");
    declare(command, options->points);
    command.results({data::Format::json, data::Format::csv});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
