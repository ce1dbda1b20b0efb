#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "heavy_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/npy.hpp"
#include "limsym/stable/law.hpp"
#include "limsym/stable/limit.hpp"

namespace limsym::tools {

namespace {

struct LimitCommandOptions {
    HeavyOptions heavy;
    InputRows inputs;
    std::size_t particles = 4096;
    std::size_t replicates = 8;
    std::string method = "auto";
    std::optional<std::string> points;
    std::optional<std::string> atoms_out;
    std::optional<std::string> kernel_out;
};

constexpr double most_work = 1e12;

void check_work(const LimitCommandOptions& options, std::size_t layers) {
    const auto m = static_cast<double>(options.particles);
    const double work = m * m * static_cast<double>(layers) * static_cast<double>(options.replicates);
    if (work > most_work)
        throw base::InputError("--particles", "particles^2 layers replicates = " + base::number_text(work) +
                                                  " is more than 1e12; expected fewer");
}

/// k x points
arma::mat read_points(const LimitCommandOptions& options, arma::uword k, cli::Context& context) {
    if (!options.points) return arma::mat(k, 0);
    const arma::mat rows = data::read_matrix(context.source(*options.points));
    if (rows.n_cols != k)
        throw base::InputError(*options.points, std::to_string(rows.n_cols) +
                                                    (rows.n_cols == 1 ? " column; expected " : " columns; expected ") +
                                                    std::to_string(k) + ", one for each row of X");
    return rows.t();
}

data::Json options_of(const LimitCommandOptions& options) {
    return {{"method", options.method}, {"param", options.heavy.param}};
}

void write_kernel(const LimitCommandOptions& options, const arma::mat& kernel, cli::Context& context) {
    const std::string& file = *options.kernel_out;
    const base::ByteSink sink = context.file(file);
    const auto format = data::format_of_name(file);
    if (format == data::Format::npy || format == data::Format::csv) {
        data::write_matrix(sink, *format, kernel);
        return;
    }
    data::JsonWriter writer(sink);
    data::Json head = context.head("limsym/kernel@1");
    head["options"] = options_of(options);
    head["kind"] = "nngp";
    head["rows"] = kernel.n_rows;
    head["cols"] = kernel.n_cols;
    head["symmetric"] = true;
    writer.begin_object().members(head).key("nngp").matrix(kernel).end_object().finish();
}

void check_kernel_file(const LimitCommandOptions& options, double alpha) {
    if (!options.kernel_out) return;
    if (alpha != 2)
        throw base::InputError("--kernel-out", "the last layer has alpha " + base::number_text(alpha) +
                                                   "; a kernel exists only for alpha 2");
    const auto format = data::format_of_name(*options.kernel_out);
    if (format != data::Format::npy && format != data::Format::csv && format != data::Format::json)
        throw base::InputError("--kernel-out", base::quoted(*options.kernel_out) +
                                                   " has no form for a kernel; expected a name that ends in .json, "
                                                   ".npy or .csv");
}

void check_atoms_file(const LimitCommandOptions& options, stable::MeasureMethod method) {
    if (!options.atoms_out) return;
    if (method == stable::MeasureMethod::quadrature)
        throw base::InputError("--atoms-out", "quadrature has no atoms; expected --method population");
    if (data::format_of_name(*options.atoms_out).value_or(data::Format::npy) != data::Format::npy)
        throw base::InputError("--atoms-out",
                               base::quoted(*options.atoms_out) + " is no npy file; expected a name that ends in .npy");
}

void write_document(const stable::Limit& limit, const LimitCommandOptions& options, const arma::mat& points,
                    cli::Context& context) {
    const bool population = limit.method == stable::MeasureMethod::population;
    data::JsonWriter writer(context.out());
    data::Json head = context.head("limsym/stable-measure@1");
    head["options"] = options_of(options);
    head["convention"] = stable::convention;
    head["alpha"] = limit.alpha;
    head["k"] = limit.scale.value.n_rows;
    head["method"] = stable::method_name(limit.method);
    head["particles"] = population ? data::Json(options.particles) : data::Json();
    head["replicates"] = population ? data::Json(options.replicates) : data::Json();
    writer.begin_object().members(head);
    const auto vector = [&](const char* name, const std::optional<arma::mat>& values) {
        if (values)
            writer.key(name).numbers(arma::vectorise(*values));
        else
            writer.member(name, nullptr);
    };
    vector("scale", limit.scale.value);
    vector("scale_se", limit.scale.se);
    writer.key("codifference").rows(limit.codifference.value);
    if (limit.codifference.se)
        writer.key("codifference_se").rows(*limit.codifference.se);
    else
        writer.member("codifference_se", nullptr);
    if (options.points) {
        const arma::mat rows = points.t();
        writer.key("cf").begin_object().key("t").rows(rows);
        vector("psi", limit.psi.value);
        vector("se", limit.psi.se);
        writer.end_object();
    }
    writer.end_object().finish();
}

int run(const LimitCommandOptions& options, cli::Context& context) {
    const stable::HeavyNetwork network = read_heavy_network(options.heavy, context);
    const double alpha = network.layers.back().alpha;
    check_kernel_file(options, alpha);
    const arma::mat x = read_inputs(options.inputs, context);
    const arma::mat points = read_points(options, x.n_rows, context);
    stable::LimitOptions how;
    how.method = options.method == "quadrature"   ? stable::MeasureMethod::quadrature
                 : options.method == "population" ? stable::MeasureMethod::population
                                                  : stable::MeasureMethod::automatic;
    how.method = stable::method_for(network, x, how.method);
    how.particles = options.particles;
    how.replicates = options.replicates;
    how.seed = context.seed();
    how.points = points;
    if (how.method == stable::MeasureMethod::population) check_work(options, network.layers.size());
    check_atoms_file(options, how.method);
    const std::uint64_t k = x.n_rows;
    context.memory().require(base::saturating_product(base::saturating_product(k, 5 * options.particles + 4 * k), 8),
                             "the particles at all inputs");
    const stable::Limit limit = stable::limit_law(network, x, how, context.monitor());
    if (options.atoms_out) {
        const bool none = limit.atoms.n_cols == 0;
        data::write_npy(context.file(*options.atoms_out), none ? arma::mat(0, x.n_rows) : arma::mat(limit.atoms.t()));
    }
    if (options.kernel_out) write_kernel(options, limit.codifference.value, context);
    write_document(limit, options, points, context);
    return 0;
}

} // namespace

cli::Command limit_command() {
    const auto options = std::make_shared<LimitCommandOptions>();
    cli::Command command("limit", "the joint law of a node of a wide network at several inputs");
    command.describe("At the k rows of X the nodes of a wide network are independent stable vectors with "
                     "characteristic function exp(-psi(t)). The record has the scale psi(e_i)^(1/alpha) at every "
                     "input, the codifference psi(e_i) + psi(e_j) - psi(e_i - e_j) of every pair (at alpha 2 the "
                     "covariance), and psi at the --points.");
    command.describe("One dense layer is exact. Two with one input feature and no bias in the first are "
                     "one-dimensional integrals. Deeper networks are particles: the measure of a layer is made of M "
                     "draws of the layer before, B times over for standard errors. Where phi is unbounded and 2 alpha "
                     "exceeds the index of the layer before, the summands have no variance and the errors are only "
                     "indicative.");
    command.example("stable-limit limit --net net.json --particles 8192 grid.csv", "scales and dependence with errors");
    command.example("stable-limit limit --net net.json --kernel-out k.npy grid.csv > m.json",
                    "last alpha 2: the kernel that nngp-kernel check, fit and predict read");
    declare(command, options->heavy);
    command.group("Limit");
    command.integer(options->particles, "--particles", "M", 1, 1'000'000'000, "particles of a layer");
    command.integer(options->replicates, "--replicates", "B", 1, 1'000'000, "independent populations");
    command.choice(options->method, "--method", {"auto", "quadrature", "population"}, "how psi is found");
    command.input(options->points, "--points", "rows t of k numbers: psi(t) is added to the record");
    command.output(options->atoms_out, "--atoms-out", "npy of the last layer's atoms (atoms x k)");
    command.output(options->kernel_out, "--kernel-out", "kernel of a last layer with alpha 2: .json, .npy or .csv");
    declare(command, options->inputs);
    command.results({data::Format::json});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
