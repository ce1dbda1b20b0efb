#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/equivariance/datasets.hpp"
#include "row_options.hpp"

namespace limsym::tools {

namespace {

struct DataCommand {
    std::optional<std::size_t> count;
    double eps = 0.0;
    std::string axis = "2";
    std::string symmetry = "so3-scale";
    std::optional<std::size_t> k;
    std::optional<std::string> meta;
    std::vector<std::string> operands;
};

equivariance::Dataset dataset_of(const DataCommand& options) {
    if (options.operands.empty())
        throw base::InputError("KIND is missing; expected one of o5, inertia, particle, cossim");
    const std::string& kind = options.operands.front();
    if (kind == "rotated-images" || kind == "nbody")
        throw base::InputError(kind, "is not supported; expected one of o5, inertia, particle, cossim");
    equivariance::Dataset dataset;
    dataset.kind = equivariance::parse_dataset_kind(kind, "KIND");
    dataset.eps = options.eps;
    dataset.axis = std::stoi(options.axis);
    dataset.symmetry = equivariance::parse_cossim_symmetry(options.symmetry, "--sym");
    dataset.k = options.k.value_or(0);
    return dataset;
}

arma::mat inputs_of(const DataCommand& options, const equivariance::Dataset& dataset, cli::Context& context) {
    if (options.count && options.operands.size() > 1)
        throw base::InputError("--count", "is given beside a file of inputs; expected one of them");
    if (!options.count) {
        RowOptions rows;
        rows.files.assign(options.operands.begin() + 1, options.operands.end());
        return read_rows(rows, dataset.inputs(), equivariance::dataset_name(dataset.kind), context).x;
    }
    arma::mat x(dataset.inputs(), *options.count, arma::fill::none);
    base::parallel_for((x.n_cols + 255) / 256, [&](std::size_t piece) {
        for (std::size_t i = piece * 256; i < std::min<std::size_t>(x.n_cols, (piece + 1) * 256); ++i) {
            base::RandomStream stream(context.seed(), "data", i);
            x.col(i) = dataset.draw(stream);
        }
    });
    return x;
}

void write_meta(const DataCommand& options, const equivariance::Dataset& dataset, std::size_t count,
                cli::Context& context) {
    data::Json meta = context.head("limsym/data-meta@1");
    meta["options"] = {{"eps", dataset.eps},
                       {"axis", dataset.axis},
                       {"sym", equivariance::symmetry_name(dataset.symmetry)},
                       {"k", dataset.count()}};
    meta["kind"] = equivariance::dataset_name(dataset.kind);
    meta["n"] = count;
    meta["group"] = dataset.group();
    meta["rep_in"] = dataset.rep_in();
    meta["rep_out"] = dataset.rep_out();
    context.file (*options.meta)(data::to_text(meta) + "\n");
}

int run(const DataCommand& options, cli::Context& context) {
    const equivariance::Dataset dataset = dataset_of(options);
    const arma::mat x = inputs_of(options, dataset, context);
    arma::mat table(x.n_cols, dataset.inputs() + dataset.outputs(), arma::fill::none);
    base::parallel_for((x.n_cols + 255) / 256, [&](std::size_t piece) {
        for (std::size_t i = piece * 256; i < std::min<std::size_t>(x.n_cols, (piece + 1) * 256); ++i) {
            table.submat(i, 0, i, dataset.inputs() - 1) = x.col(i).t();
            table.submat(i, dataset.inputs(), i, table.n_cols - 1) = dataset.target(x.col(i)).t();
        }
    });
    for (std::size_t i = 0; i < table.n_rows; ++i)
        if (!table.row(i).is_finite())
            throw base::WorkError("row " + std::to_string(i), "the target does not exist there (a vector is zero)");
    std::vector<std::string> names;
    for (std::size_t j = 0; j < table.n_cols; ++j)
        names.push_back(j < dataset.inputs() ? "x" + std::to_string(j) : "y" + std::to_string(j - dataset.inputs()));
    switch (context.result_format()) {
    case data::Format::csv:
        data::write_csv(context.out(), names, table);
        break;
    case data::Format::json: {
        data::JsonWriter writer(context.out());
        writer.begin_object()
            .member("schema", "limsym/matrix@1")
            .member("rows", table.n_rows)
            .member("cols", table.n_cols);
        writer.member("columns", names).key("data").rows(table).end_object().finish();
        break;
    }
    default:
        data::write_matrix(context.out(), context.result_format(), table);
    }
    if (options.meta) write_meta(options, dataset, x.n_cols, context);
    return 0;
}

} // namespace

cli::Command data_command() {
    const auto options = std::make_shared<DataCommand>();
    cli::Command command("data", "functions with known symmetries, at random or given inputs");
    command.describe(
        "KIND: o5 (two vectors of R^5, invariant under O(5)); inertia (masses and positions, the inertia tensor, "
        "O(3); --eps and --axis break it); particle (four momenta, a scattering amplitude, O(1,3)); cossim "
        "(vectors of R^3, mean cosine; --eps and --sym break rotations or scale). With --count inputs are "
        "drawn; row i depends on --seed and i alone. Without it they are the rows of FILE.");
    command.example("orbit-symm data particle -n 1000 --seed 7 --meta m.json > a.csv", "a thousand collisions");
    command.integer(options->count, "--count", "N", 0, 1'000'000'000, "rows to draw").short_name = "-n";
    command.number(options->eps, "--eps", "EPS", cli::Range::any(), "strength of what breaks the symmetry");
    command.choice(options->axis, "--axis", {"0", "1", "2", "-1"},
                   "inertia: the axis that is modified; -1: x against y");
    command.choice(options->symmetry, "--sym", {"so3-scale", "so3", "scale", "none"}, "cossim: what --eps leaves");
    command.integer(options->k, "--k", "K", 2, 1000, "vectors of cossim (3), particles of inertia (5)");
    command.output(options->meta, "--meta", "also write what the data are: kind, group, representations");
    command.operands(options->operands, 1, 2, "KIND [FILE]", "kind of data, and a table of inputs");
    command.random();
    command.results({data::Format::csv, data::Format::json, data::Format::ndjson, data::Format::npy});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
