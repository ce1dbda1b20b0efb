// nngp-kernel kernel: Gram matrices of a network.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "common/network_options.hpp"
#include "kernel_output.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/data/table.hpp"
#include "limsym/data/tile_store.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/kernel/gram_estimate.hpp"
#include "limsym/kernel/tile_job.hpp"

namespace limsym::tools {

namespace {

struct Options {
    std::vector<std::string> files;
    NetworkOptions network;
    std::string which = "nngp";
    std::optional<std::string> layout;
    std::string dtype = "f64";
    bool diagonal_only = false;
    std::optional<std::size_t> tile;

    [[nodiscard]] std::size_t edge() const { return tile.value_or(256); }
    bool plan = false;
    bool timings = false;
    std::optional<base::Shard> shard;
    std::optional<std::string> checkpoint;
    std::optional<std::string> resume;

    [[nodiscard]] bool lower() const { return layout == "lower"; }
    [[nodiscard]] bool single_precision() const { return dtype == "f32"; }
    /// Is the result a tile store? By --layout, or by the name of the file.
    [[nodiscard]] bool tiles(const cli::Context& context) const {
        return layout == "tiles" || named_tile_store(context);
    }
    [[nodiscard]] std::string layout_name(const cli::Context& context) const {
        return layout.value_or(tiles(context) ? "tiles" : "full");
    }
    [[nodiscard]] kernel::GramLayout kept(const cli::Context& context) const {
        return diagonal_only    ? kernel::GramLayout::diagonal
               : lower()        ? kernel::GramLayout::lower
               : tiles(context) ? kernel::GramLayout::tiles
                                : kernel::GramLayout::full;
    }
};

// In memory the library chooses, unless --tile is given.
kernel::GramOptions gram_options(const Options& options, bool store) {
    kernel::GramOptions result;
    result.nngp = options.which != "ntk";
    result.ntk = options.which != "nngp";
    if (store || options.tile) result.tile = options.edge();
    return result;
}

data::Json shaping_options(const Options& options, const cli::Context& context) {
    return kernel_options(options.which, options.layout_name(context), options.single_precision(), options.edge());
}

bool is_tile_store(const std::string& file) {
    return std::filesystem::is_regular_file(file) && data::starts_tile_store(base::InputFile(file).peek());
}

/// A checkpoint takes the place of a store or of nothing, never of data.
void refuse_foreign_file(const std::string& option, const std::string& file) {
    if (std::filesystem::is_regular_file(file) && std::filesystem::file_size(file) > 0 && !is_tile_store(file))
        throw base::InputError(option, file + " is there and is no tile store; expected another name");
}

void check_form(const Options& options, const cli::Context& context) {
    const bool two_operands = options.files.size() == 2;
    if (options.lower() && two_operands)
        throw base::InputError("--layout", "lower needs a symmetric matrix; expected no second operand");
    if (options.diagonal_only && two_operands)
        throw base::InputError("--diag-only", "needs a symmetric matrix; expected no second operand");
    if (options.diagonal_only && options.lower())
        throw base::InputError("--diag-only", "has no triangles; expected --layout full");
    if (options.diagonal_only && options.tile)
        throw base::InputError("--tile", "the diagonal is not cut into tiles; expected no --diag-only");
    const bool tiles = options.tiles(context);
    const bool other_layout = options.layout && options.layout != "tiles";
    if (tiles && (options.diagonal_only || other_layout))
        throw base::InputError(other_layout ? "--layout" : "--diag-only",
                               "does not go with a tile store; expected whole tiles");
    const std::string needs_tiles = "works on tile stores; expected -o FILE.tiles";
    if (!tiles && options.shard) throw base::InputError("--shard", needs_tiles);
    if (!tiles && options.checkpoint) throw base::InputError("--checkpoint", needs_tiles);
    if (!tiles && options.resume) throw base::InputError("--resume", needs_tiles);
    if (options.timings && !options.plan) throw base::InputError("--timings", "belongs to --plan, which is missing");
    if (options.checkpoint) refuse_foreign_file("--checkpoint", *options.checkpoint);
    if (options.plan && context.result_file() && is_tile_store(*context.result_file()))
        throw base::InputError("--out", *context.result_file() +
                                            " is a tile store, which the plan would replace; expected --layout tiles");
    if (options.plan) return;
    if (tiles) return check_tile_store_form(context);
    check_kernel_form(options.which, options.layout_name(context), context);
}

template <typename T>
kernel::Gram<T> compute(const Options& options, const network::Network& network, const arma::mat& x,
                        const std::optional<arma::mat>& x2, const cli::Context& context) {
    const kernel::GramOptions how = gram_options(options, false);
    if (options.diagonal_only) {
        const kernel::Gram<double> diagonal = kernel::gram_diagonal(network, x, how, context.monitor());
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
    KernelRecord record;
    record.options = shaping_options(options, context);
    record.network_sha256 = network::network_sha256(network);
    record.kind = options.which;
    record.layout = options.layout_name(context);
    record.symmetric = !x2;
    record.diagonal = options.diagonal_only;
    write_kernel(record, gram, context);
}

void write_tiles(const Options& options, const network::Network& network, const arma::mat& x,
                 const std::optional<arma::mat>& x2, cli::Context& context) {
    kernel::TileJob job;
    job.options = gram_options(options, true);
    job.single_precision = options.single_precision();
    job.shard = options.shard.value_or(base::Shard{});
    job.resume = options.resume;
    job.checkpoint = options.checkpoint;
    if (job.checkpoint) context.graceful_stop();
    kernel::write_tile_store(network, x, x2 ? &*x2 : nullptr, job, *context.result_file(), context.monitor());
}

void write_plan(const Options& options, const kernel::GramPlan& plan, std::optional<double> seconds,
                cli::Context& context) {
    data::Json result = context.head("limsym/plan@1");
    result["options"] = shaping_options(options, context);
    result["rows"] = plan.rows;
    result["cols"] = plan.cols;
    result["kind"] = options.which;
    result["bytes"] = plan.bytes;
    result["bytes_peak"] = plan.bytes_peak;
    result["flops"] = plan.flops;
    result["strategy"] = plan.strategy;
    if (seconds) result["seconds_estimate"] = *seconds;
    context.write(result);
}

int run(const Options& options, cli::Context& context) {
    check_form(options, context);
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
    const kernel::GramPlan plan = kernel::plan_gram(network, {x.values.n_rows, columns, x.values.n_cols, !x2},
                                                    gram_options(options, options.tiles(context)),
                                                    options.single_precision(), options.kept(context));
    if (options.plan) {
        std::optional<double> seconds;
        if (options.timings && options.diagonal_only)
            throw base::InputError("--timings", "a diagonal has no estimate; expected no --diag-only");
        if (options.timings)
            seconds = kernel::estimate_gram_seconds(network, x.values, x2 ? &x2->values : nullptr,
                                                    gram_options(options, options.tiles(context)),
                                                    options.single_precision());
        write_plan(options, plan, seconds, context);
        return 0;
    }
    const bool tiles = options.tiles(context);
    if (!tiles) context.memory().require(plan.bytes, "the Gram matrix");
    context.memory().require(plan.bytes_peak, "the Gram matrix with its workspace");
    std::optional<arma::mat> second;
    if (x2) second = std::move(x2->values);
    if (tiles)
        write_tiles(options, network, x.values, second, context);
    else if (options.single_precision())
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
        "and /ntk; tiles is a store for matrices larger than memory. If values leave the range of double, true value = "
        "value 2^log2_scale.");
    command.example("nngp-kernel kernel --activation relu --depth 3 --which both x.csv -o k.json", "both kernels");
    command.example("nngp-kernel kernel --net net.json --plan --dtype f32 x.npy", "bytes and flops, nothing computed");
    command.example("nngp-kernel kernel --net net.json --checkpoint k.state -o k.tiles x.npy",
                    "larger than memory; after a crash, add --resume k.state");
    declare(command, options->network);
    command.group("Kernel");
    command.choice(options->which, "--which", {"nngp", "ntk", "both"}, "kernel to compute");
    command
        .choice(options->layout, "--layout", {"full", "lower", "tiles"},
                "full: both triangles; lower: row i has i+1 numbers; tiles: a tile store (-o FILE.tiles says so, too)")
        .default_text = "full";
    command.choice(options->dtype, "--dtype", {"f64", "f32"}, "precision of the computation");
    command.flag(options->diagonal_only, "--diag-only", "only K(x, x) of every row, as one column");
    command.integer(options->tile, "--tile", "N", 1, 16384, "edge of the tiles the matrix is computed in")
        .default_text = "256";
    command.flag(options->plan, "--plan", "print the bytes and flops that the work needs, and compute nothing");
    command.flag(options->timings, "--timings",
                 "with --plan: estimate the seconds, from the leading rows on this machine");
    command.group("Tile stores");
    command.shard(options->shard, "make only the tiles t with t mod N = I");
    command.output(options->checkpoint, "--checkpoint",
                   "tile store that keeps finished tiles on the way, whatever ends the run");
    command.input(options->resume, "--resume", "take the tiles that this store holds, compute the others");
    command.operands(options->files, 1, 2, "X [X2]", "tables of inputs, one a row");
    command.results({data::Format::json, data::Format::csv, data::Format::npy, data::Format::h5});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
