// jac-ntk kernel: NNGP and NTK with their derivatives by the inputs.
#include <cmath>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "kernel_choice.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "network_options.hpp"
#include "points.hpp"

namespace limsym::tools {

namespace {

struct Options {
    PointOptions points;
    JacobianNetworkOptions network;
    std::string which = "nngp-jac,jntk";
    std::optional<std::string> against;
    std::string emit = "dense";
    std::string layout; ///< empty: not given
    double kappa = 1.0;
    bool with_kappa = false;
    bool force = false;

    [[nodiscard]] double scale() const { return with_kappa ? kappa * kappa : 1.0; }
    [[nodiscard]] kernel::JacobianLayout order() const {
        return layout == "block" ? kernel::JacobianLayout::block : kernel::JacobianLayout::point;
    }
};

struct Points {
    arma::mat x;
    std::optional<arma::mat> x2;
    [[nodiscard]] const arma::mat* other() const { return x2 ? &*x2 : nullptr; }
    [[nodiscard]] const arma::mat& columns() const { return x2 ? *x2 : x; }
};

Points read_points(const Options& options, cli::Context& context) {
    Points points{read_points(options.points, context), std::nullopt};
    if (options.against) {
        points.x2 = read_points(options.points, *options.against, context);
        if (points.x2->n_cols != points.x.n_cols)
            throw base::InputError(*options.against, std::to_string(points.x2->n_cols) + " columns; expected " +
                                                         std::to_string(points.x.n_cols) + ", as X has");
    }
    return points;
}

void check_form(const Options& options, const KernelChoice& choice, const cli::Context& context) {
    const data::Format format = context.result_format();
    const bool bare = format == data::Format::csv || format == data::Format::npy;
    if (options.emit != "dense" && format != data::Format::json)
        throw base::InputError("--to", options.emit + " is a document; expected json");
    if (options.emit == "diag" && options.against)
        throw base::InputError("--against", "a diagonal has one set of points; expected no --emit diag");
    if (options.emit != "dense" && !options.layout.empty())
        throw base::InputError("--layout", "orders a dense matrix; expected --emit dense");
    if (!options.layout.empty() && !choice.jacobian)
        throw base::InputError("--layout", "orders Jacobian blocks; expected --which nngp-jac or jntk");
    if (bare && choice.both())
        throw base::InputError("--which",
                               "two kernels are two matrices; expected --to json, or -o FILE.json or FILE.h5");
    if (format == data::Format::h5 && !context.result_file())
        throw base::InputError("--to", "h5 needs a file; expected -o FILE.h5");
    if (format == data::Format::h5) data::require_hdf5();
}

void scale(kernel::JetMatrix& jets, double factor) {
    if (factor == 1.0) return;
    for (arma::mat* part : {&jets.value, &jets.s, &jets.t, &jets.r, &jets.st, &jets.sr, &jets.tr, &jets.rr}) {
        *part *= factor;
        if (!part->is_finite())
            throw base::WorkError("kappa^2 times the kernel leaves the range of double; try a smaller --kappa");
    }
}

data::Json head_of(const Options& options, const network::Network& network, const std::string& schema,
                   const cli::Context& context) {
    data::Json head = context.head(schema);
    data::Json shaped{{"which", options.which}, {"emit", options.emit}};
    if (options.emit == "dense") shaped["layout"] = options.layout.empty() ? "point" : options.layout;
    shaped["with_kappa"] = options.with_kappa;
    if (options.with_kappa) shaped["kappa"] = options.kappa;
    shaped["network"] = network_document(network);
    head["options"] = std::move(shaped);
    return head;
}

void write_jets(const Options& options, const network::Network& network, const Points& points,
                const kernel::JacobianKernels& kernels, cli::Context& context) {
    data::Json head = head_of(options, network, "limsym/jac-jets@1", context);
    head["n1"] = points.x.n_rows;
    head["n2"] = points.columns().n_rows;
    head["d"] = points.x.n_cols;
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head);
    for (const auto& [name, jets] : {std::pair{"nngp", &kernels.nngp}, {"ntk", &kernels.ntk}}) {
        if (jets->value.empty()) continue;
        writer.key(name).begin_object();
        writer.key("value").rows(jets->value).key("S").rows(jets->s).key("T").rows(jets->t);
        writer.key("R").rows(jets->r).key("ST").rows(jets->st).key("SR").rows(jets->sr);
        writer.key("TR").rows(jets->tr).key("RR").rows(jets->rr).end_object();
    }
    writer.end_object().finish();
}

void write_diagonal(const Options& options, const network::Network& network, const KernelChoice& choice,
                    const Points& points, const kernel::JacobianKernels& kernels, cli::Context& context) {
    data::Json head = head_of(options, network, "limsym/jac-diag@1", context);
    head["n"] = points.x.n_rows;
    head["d"] = points.x.n_cols;
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head);
    for (const auto& [name, jets] : {std::pair{"nngp", &kernels.nngp}, {"ntk", &kernels.ntk}}) {
        if (jets->value.empty()) continue;
        writer.key(name).begin_array();
        arma::mat block(1, 1, arma::fill::none);
        for (std::size_t i = 0; i < points.x.n_rows; ++i) {
            const arma::rowvec x = points.x.row(i);
            if (choice.jacobian)
                kernel::expand_block(*jets, i, 0, x, x, block);
            else
                block(0, 0) = jets->value(i, 0);
            writer.rows(block);
        }
        writer.end_array();
    }
    writer.end_object().finish();
}

/// Dense matrices by name, in the order nngp, ntk.
using Matrices = std::vector<std::pair<std::string, arma::mat>>;

void write_dense(const Options& options, const network::Network& network, const KernelChoice& choice,
                 const Points& points, const Matrices& matrices, cli::Context& context) {
    const data::Format format = context.result_format();
    const arma::mat& any = matrices.front().second;
    if (format == data::Format::h5) {
        const auto content = std::make_shared<data::Hdf5Content>();
        for (const auto& [name, matrix] : matrices)
            content->matrices["/" + name] = matrix;
        const std::string file = *context.result_file();
        context.at_commit([content, file] { data::write_hdf5(file, *content); });
        return;
    }
    if (format != data::Format::json) {
        data::write_matrix(context.out(), format, any);
        return;
    }
    data::Json head = head_of(options, network, "limsym/kernel@1", context);
    head["network_sha256"] = network::network_sha256(network);
    head["kind"] = choice.kind();
    head["rows"] = any.n_rows;
    head["cols"] = any.n_cols;
    head["symmetric"] = !points.x2;
    if (choice.jacobian)
        head["jacobian"] = {{"d", points.x.n_cols}, {"layout", options.layout.empty() ? "point" : options.layout}};
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head);
    for (const auto& [name, matrix] : matrices)
        writer.key(name).matrix(matrix);
    writer.end_object().finish();
}

void require_few_cells(const Options& options, const KernelChoice& choice, const Points& points,
                       const cli::Context& context) {
    const data::Format format = context.result_format();
    const double height = choice.jacobian ? static_cast<double>(points.x.n_cols) + 1 : 1.0;
    const double cells = height * static_cast<double>(points.x.n_rows) * height *
                         static_cast<double>(points.columns().n_rows) * static_cast<double>(choice.count());
    constexpr double most = 1e7;
    if (!options.force && cells > most && (format == data::Format::json || format == data::Format::csv))
        throw base::InputError("--to",
                               "more than 1e7 numbers as text; expected -o FILE.npy or FILE.h5, --emit jets, or "
                               "--force");
}

int run(const Options& options, cli::Context& context) {
    const KernelChoice choice = parse_kernel_choice(options.which);
    check_form(options, choice, context);
    if (options.kappa != 1.0 && !options.with_kappa)
        throw base::InputError("--kappa", "kernels are printed without kappa^2; expected --with-kappa as well");
    const network::Network network = read_network(options.network, context);
    const Points points = read_points(options, context);
    const kernel::JacobianNetwork limit = network_for(choice, network, points.x.n_cols);
    const std::uint64_t n1 = points.x.n_rows;
    const std::uint64_t n2 = points.columns().n_rows;

    if (options.emit == "diag") {
        kernel::JacobianKernels kernels = kernel::jacobian_diagonal(limit, points.x, choice.jets(!choice.jacobian));
        scale(kernels.nngp, options.scale());
        scale(kernels.ntk, options.scale());
        write_diagonal(options, network, choice, points, kernels, context);
        return 0;
    }
    const bool jets = options.emit == "jets";
    if (jets && choice.ntk) kernel::require_jacobian_ntk(limit);
    const bool dense = !jets && choice.jacobian;
    if (!jets) require_few_cells(options, choice, points, context);
    const bool values_only = !jets && !choice.jacobian;
    const std::uint64_t pair_bytes = choice.count() * kernel::jet_bytes(values_only);
    context.memory().require(
        kernel::matrix_bytes(n1, n2, pair_bytes + (dense ? choice.count() * kernel::dense_bytes(points.x.n_cols) : 0)),
        "the kernel");

    kernel::JacobianKernels kernels =
        kernel::jacobian_kernels(limit, points.x, points.other(), choice.jets(values_only), context.monitor());
    scale(kernels.nngp, options.scale());
    scale(kernels.ntk, options.scale());
    if (jets) {
        write_jets(options, network, points, kernels, context);
        return 0;
    }
    Matrices matrices;
    for (const auto& [name, part] : {std::pair{"nngp", &kernels.nngp}, {"ntk", &kernels.ntk}}) {
        if (part->value.empty()) continue;
        matrices.emplace_back(name, choice.jacobian
                                        ? kernel::expand(*part, points.x, points.columns(), !points.x2, options.order())
                                        : std::move(part->value));
        *part = {};
    }
    write_dense(options, network, choice, points, matrices, context);
    return 0;
}

} // namespace

cli::Command kernel_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("kernel", "NNGP and NTK of a network, with their derivatives by the inputs");
    command.describe(
        "Over z(x) = (f(x), df/dx_1, ..., df/dx_d): nngp-jac is the covariance of z at initialisation, jntk "
        "the Jacobian NTK, which training does not move; nngp and ntk are their value entries. Rows and "
        "columns are point-major, row i (d + 1) + a, or with --layout block all values first.");
    command.describe(
        "The result is limsym/kernel@1, which every tool that takes a Gram matrix reads; csv and npy hold one "
        "bare matrix, h5 the datasets /nngp and /ntk. --emit jets prints the eight numbers a pair from which "
        "all blocks follow: the kernel and its derivatives by S = |x|^2, T = |x'|^2 and R = x.x'.");
    command.example("jac-ntk kernel --activation gelu --depth 3 --which jntk x.csv | nngp-kernel check -",
                    "is it positive definite?");
    command.example("jac-ntk kernel --net net.json --emit jets --against test.csv x.npy", "eight matrices a kernel");
    declare(command, options->network);
    command.group("Kernel");
    command.text(options->which, "--which", "LIST",
                 "kernels: nngp, ntk, nngp-jac, jntk; one NNGP, one NTK, or one of each");
    command.input(options->against, "--against", "second set of points: K(X, X2)");
    command.choice(options->emit, "--emit", {"dense", "jets", "diag"},
                   "whole matrices, eight numbers a pair, or the blocks K(x, x)");
    command.choice(options->layout, "--layout", {"point", "block"}, "order of the rows over z").default_text = "point";
    command.number(options->kappa, "--kappa", "K", cli::Range::positive(), "output scale of the network");
    command.flag(options->with_kappa, "--with-kappa", "multiply the kernels by kappa^2");
    command.flag(options->force, "--force", "print more than 1e7 numbers as text");
    declare(command, options->points);
    command.results({data::Format::json, data::Format::csv, data::Format::npy, data::Format::h5});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
