// nngp-kernel kernel: Gram matrices of a network.
#include <algorithm>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/table.hpp"
#include "limsym/kernel/gram.hpp"
#include "network_options.hpp"

namespace limsym::tools {

namespace {

struct Options {
    std::vector<std::string> files;
    NetworkOptions network;
    std::string which = "nngp";
    std::string layout = "full";
    std::string dtype = "f64";
    bool diagonal_only = false;
    std::size_t tile = 256;
    bool plan = false;

    [[nodiscard]] bool lower() const { return layout == "lower"; }
    [[nodiscard]] bool single_precision() const { return dtype == "f32"; }
};

kernel::GramOptions gram_options(const Options& options) {
    kernel::GramOptions result;
    result.nngp = options.which != "ntk";
    result.ntk = options.which != "nngp";
    result.tile = options.tile;
    return result;
}

data::Json shaping_options(const Options& options) {
    data::Json result;
    result["which"] = options.which;
    result["layout"] = options.layout;
    result["dtype"] = options.dtype;
    result["tile"] = options.tile;
    return result;
}

void check_form(const Options& options, data::Format format, const cli::Context& context) {
    const bool two_operands = options.files.size() == 2;
    if (options.lower() && two_operands)
        throw base::InputError("--layout", "lower needs a symmetric matrix; expected no second operand");
    if (options.diagonal_only && two_operands)
        throw base::InputError("--diag-only", "needs a symmetric matrix; expected no second operand");
    if (options.diagonal_only && options.lower())
        throw base::InputError("--diag-only", "has no triangles; expected --layout full");
    if (options.plan) return;
    const bool bare = format == data::Format::csv || format == data::Format::npy;
    if (bare && options.which == "both")
        throw base::InputError("--which", "both are two matrices; expected --to json, or -o FILE.json or FILE.h5");
    if (options.lower() && format != data::Format::json)
        throw base::InputError("--layout", "lower is a layout of documents; expected --to json");
    if (format == data::Format::h5 && !context.result_file())
        throw base::InputError("--to", "h5 needs a file; expected -o FILE.h5");
}

template <typename T>
void write_document(const Options& options, const network::Network& network, const kernel::Gram<T>& gram,
                    cli::Context& context) {
    data::JsonWriter writer(context.out());
    data::Json head = context.head("limsym/kernel@1");
    const arma::Mat<T>& any = gram.nngp.empty() ? gram.ntk : gram.nngp;
    head["options"] = shaping_options(options);
    head["network_sha256"] = network::network_sha256(network);
    head["kind"] = options.which;
    head["rows"] = any.n_rows;
    head["cols"] = any.n_cols;
    head["symmetric"] = options.files.size() == 1;
    head["layout"] = options.layout;
    head["log2_scale"] = gram.log2_scale;
    if (options.diagonal_only) head["diagonal"] = true;
    writer.begin_object().members(head);
    for (const auto& [name, matrix] : {std::pair{"nngp", &gram.nngp}, {"ntk", &gram.ntk}}) {
        if (matrix->empty()) continue;
        writer.key(name);
        if (!options.lower()) {
            writer.matrix(*matrix);
            continue;
        }
        writer.begin_object().member("schema", "limsym/matrix@1").member("rows", matrix->n_rows);
        writer.member("cols", matrix->n_cols).key("data").lower_rows(*matrix).end_object();
    }
    writer.end_object().finish();
}

template <typename T>
void write_bare(const kernel::Gram<T>& gram, data::Format format, cli::Context& context) {
    const arma::Mat<T>& matrix = gram.nngp.empty() ? gram.ntk : gram.nngp;
    if (gram.log2_scale != 0)
        throw base::WorkError("the kernel leaves the range of its numbers (log2 scale " +
                              std::to_string(gram.log2_scale) + "), which a bare matrix cannot say; try --to json");
    data::write_matrix(context.out(), format, arma::conv_to<arma::mat>::from(matrix));
}

template <typename T>
void write_datasets(const kernel::Gram<T>& gram, cli::Context& context) {
    const auto content = std::make_shared<data::Hdf5Content>();
    if (!gram.nngp.empty()) content->matrices["/nngp"] = arma::conv_to<arma::mat>::from(gram.nngp);
    if (!gram.ntk.empty()) content->matrices["/ntk"] = arma::conv_to<arma::mat>::from(gram.ntk);
    if (gram.log2_scale != 0)
        content->matrices["/log2_scale"] = arma::mat(1, 1, arma::fill::value(static_cast<double>(gram.log2_scale)));
    const std::string file = *context.result_file();
    context.at_commit([content, file] { data::write_hdf5(file, *content); });
}

template <typename T>
kernel::Gram<T> compute(const Options& options, const network::Network& network, const arma::mat& x,
                        const std::optional<arma::mat>& x2, const cli::Context& context) {
    const kernel::GramOptions how = gram_options(options);
    if (options.diagonal_only) {
        const kernel::Gram<double> diagonal = kernel::gram_diagonal(network, x, how);
        return {arma::conv_to<arma::Mat<T>>::from(diagonal.nngp), arma::conv_to<arma::Mat<T>>::from(diagonal.ntk),
                diagonal.log2_scale};
    }
    return x2 ? kernel::gram<T>(network, x, *x2, how, context.monitor())
              : kernel::gram<T>(network, x, how, context.monitor());
}

template <typename T>
void compute_and_write(const Options& options, const network::Network& network, const arma::mat& x,
                       const std::optional<arma::mat>& x2, cli::Context& context) {
    const kernel::Gram<T> gram = compute<T>(options, network, x, x2, context);
    const data::Format format = context.result_format();
    if (format == data::Format::json)
        write_document(options, network, gram, context);
    else if (format == data::Format::h5)
        write_datasets(gram, context);
    else
        write_bare(gram, format, context);
}

void write_plan(const Options& options, const kernel::GramPlan& plan, cli::Context& context) {
    data::Json result = context.head("limsym/plan@1");
    result["options"] = shaping_options(options);
    result["rows"] = plan.rows;
    result["cols"] = plan.cols;
    result["kind"] = options.which;
    result["bytes"] = plan.bytes;
    result["bytes_peak"] = plan.bytes_peak;
    result["flops"] = plan.flops;
    result["strategy"] = plan.strategy;
    context.write(result);
}

int run(const Options& options, cli::Context& context) {
    check_form(options, context.result_format(), context);
    const network::Network network = read_network(options.network, context);
    const data::Table x = data::read_table(context.source(options.files[0]));
    std::optional<data::Table> x2;
    if (options.files.size() == 2) {
        x2 = data::read_table(context.source(options.files[1]));
        if (x2->values.n_cols != x.values.n_cols)
            throw base::InputError(x2->file, std::to_string(x2->values.n_cols) + " columns; expected " +
                                                 std::to_string(x.values.n_cols) + ", as " + x.file + " has");
    }
    const std::uint64_t columns = x2 ? x2->values.n_rows : x.values.n_rows;
    const kernel::GramPlan plan =
        kernel::plan_gram(network, x.values.n_rows, columns, x.values.n_cols, gram_options(options),
                          options.single_precision(), options.lower(), options.diagonal_only);
    if (options.plan) {
        write_plan(options, plan, context);
        return 0;
    }
    context.memory().require(plan.bytes, "the Gram matrix");
    context.memory().require(plan.bytes_peak, "the Gram matrix with its workspace");
    std::optional<arma::mat> second;
    if (x2) second = std::move(x2->values);
    if (options.single_precision())
        compute_and_write<float>(options, network, x.values, second, context);
    else
        compute_and_write<double>(options, network, x.values, second, context);
    return 0;
}

} // namespace

cli::Command kernel_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("kernel", "NNGP and NTK Gram matrices of a network");
    command.describe("K(X, X) of the rows of X, or K(X, X2). The network is limsym/network@1, or a plain one described "
                     "by --activation, --depth and scales. X is a table: a CSV header is skipped, every column is a "
                     "feature.");
    command.describe(
        "The result is a document limsym/kernel@1; csv and npy hold the bare matrix, h5 the datasets /nngp "
        "and /ntk. If values leave the range of double, true value = value 2^log2_scale.");
    command.example("nngp-kernel kernel --activation relu --depth 3 --which both x.csv -o k.json", "both kernels");
    command.example("nngp-kernel kernel --net net.json --plan --dtype f32 x.npy", "bytes and flops, nothing computed");
    declare(command, options->network);
    command.group("Kernel");
    command.choice(options->which, "--which", {"nngp", "ntk", "both"}, "kernel to compute");
    command.choice(options->layout, "--layout", {"full", "lower"}, "whole rows, or row i with i+1 numbers");
    command.choice(options->dtype, "--dtype", {"f64", "f32"}, "precision of the computation");
    command.flag(options->diagonal_only, "--diag-only", "only K(x, x) of every row, as one column");
    command.integer(options->tile, "--tile", "N", 1, 16384, "edge of the tiles");
    command.flag(options->plan, "--plan", "print bytes and flops, compute nothing");
    command.operands(options->files, 1, 2, "X [X2]", "tables of inputs, one a row");
    command.results({data::Format::json, data::Format::csv, data::Format::npy, data::Format::h5});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
