#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "cv_records.hpp"
#include "kernel_output.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/data/records.hpp"
#include "limsym/data/tile_store.hpp"
#include "tune_records.hpp"

namespace limsym::tools {

namespace {

// Single-precision numbers are written with the digits that single precision needs, as `kernel` writes them.
template <typename T>
void write_merged(const data::TileDescription& description, const std::vector<data::TileStore>& parts,
                  cli::Context& context) {
    const auto block = [&](const std::string& which) {
        return arma::conv_to<arma::Mat<T>>::from(data::matrix_of_parts(parts, which));
    };
    kernel::Gram<T> gram;
    if (description.kind != "ntk") gram.nngp = block("nngp");
    if (description.kind != "nngp") gram.ntk = block("ntk");
    KernelRecord record;
    record.options = kernel_options(description.kind, "full", description.single_precision, description.grid.edge);
    record.network_sha256 = description.network_sha256;
    record.kind = description.kind;
    record.layout = "full";
    record.symmetric = description.grid.symmetric;
    write_kernel(record, gram, context);
}

int merge_tiles(const std::vector<std::string>& files, cli::Context& context) {
    if (named_tile_store(context)) {
        check_tile_store_form(context);
        data::merge_tile_stores(files, *context.result_file());
        return 0;
    }
    const std::vector<data::TileStore> parts = data::open_tile_parts(files);
    const data::TileDescription& description = parts.front().description();
    check_kernel_form(description.kind, "full", context);
    context.memory().require(
        base::saturating_product(base::saturating_product(description.grid.rows, description.grid.cols),
                                 description.kinds() * 2 * sizeof(double)),
        "the merged matrix");
    if (description.single_precision)
        write_merged<float>(description, parts, context);
    else
        write_merged<double>(description, parts, context);
    return 0;
}

int merge_shards(const std::vector<std::string>& files, cli::Context& context) {
    for (const std::string& file : files)
        if (context.source(file).file == "-")
            throw base::InputError("-", "shards cannot come from standard input; expected files");
    const bool stores = std::any_of(files.begin(), files.end(), [](const std::string& file) {
        return data::starts_tile_store(base::InputFile(file).peek());
    });
    if (stores) return merge_tiles(files, context);
    if (named_tile_store(context))
        throw base::InputError("--out", *context.result_file() + " names a tile store, " + files[0] +
                                            " is none; expected tile stores, or another name");
    const data::Format format = context.result_format();
    if (format != data::Format::json && format != data::Format::ndjson)
        throw base::InputError("--to", "records have the form ndjson; only tile stores have others");
    const data::MergedRecords merged = data::merge_records(files, base::Partition::modulo);
    if (merged.command != "cv" && merged.command != "tune")
        throw base::InputError(files[0],
                               "is a shard of " + base::quoted(merged.command) + "; expected one of cv or tune");
    std::vector<data::Json> records;
    for (const std::string& line : merged.lines)
        records.push_back(data::parse_json(line, files[0]));
    const data::Json shaped = data::parse_json(merged.summary.empty() ? "{\"options\":{}}" : merged.summary, files[0]);
    const data::Json last = merged.command == "cv" ? cv_summary(shaped, records, context)
                                                   : tune_summary(shaped, records, files[0], context);
    for (const std::string& line : merged.lines)
        context.out()(line + "\n");
    context.write(last);
    return 0;
}

} // namespace

cli::Command merge_command() {
    const auto files = std::make_shared<std::vector<std::string>>();
    cli::Command command("merge", "put shards together: the bytes of the run that was not sharded");
    command.describe(
        "Takes all shards of one job in any order: records of cv or tune, or tile stores of kernel. A shard that is "
        "missing, damaged, given twice or of another job is refused by name.");
    command.example("nngp-kernel merge cv.*.ndjson", "records and last record of a sharded cv");
    command.example("nngp-kernel merge k.*.tiles -o k.tiles", "one store; -o k.npy and --to csv give the bare matrix");
    command.operands(*files, 1, 1'000'000, "FILE...", "shards");
    command.results({data::Format::json, data::Format::ndjson, data::Format::csv, data::Format::npy, data::Format::h5});
    command.run([files](cli::Context& context) { return merge_shards(*files, context); });
    return command;
}

} // namespace limsym::tools
