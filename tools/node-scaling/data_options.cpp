#include "data_options.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"

namespace limsym::tools {

nodescaling::SplitRule DataOptions::split_rule() const {
    nodescaling::SplitRule rule{split, std::nullopt};
    if (permute_seed) rule.permute_seed = static_cast<std::uint32_t>(*permute_seed);
    return rule;
}

data::Json DataOptions::json() const {
    data::Json result = data::Json::object();
    if (target) result["target"] = *target;
    if (features) result["features"] = *features;
    if (one_hot) result["one_hot"] = true;
    if (!split.empty()) result["split"] = split;
    if (permute_seed) result["permute_seed"] = *permute_seed;
    return result;
}

void declare_columns(cli::Command& command, DataOptions& options) {
    command.text(options.target, "--target", "COL[,COL]", "columns of the targets, one an output");
    command.text(options.features, "--features", "COL[,COL]", "columns of the inputs (all but the targets)");
}

void declare_split(cli::Command& command, DataOptions& options) {
    command.numbers(options.split, "--split", "F1[,F2[,F3]]", cli::Range::any(),
                    "cut one table: fractions of its rows, > 0, sum <= 1");
    command.integer(options.permute_seed, "--permute-seed", "N", 0, std::numeric_limits<std::uint32_t>::max(),
                    "permute the rows first, as NumPy's legacy generator does (file order)");
}

void declare_data(cli::Command& command, DataOptions& options) {
    command.group("Data");
    declare_columns(command, options);
    command.flag(options.one_hot, "--one-hot", "the target is a class 0..K-1: K outputs, and accuracies");
    command.input(options.test, "--test", "test rows, a table with the same columns");
    declare_split(command, options);
    command.operands(options.files, 1, 1, "DATA", "table of inputs and targets");
}

DataParts read_parts(const DataOptions& options, std::optional<std::size_t> classes, cli::Context& context) {
    if (options.test && !options.split.empty())
        throw base::InputError("--test", "and --split exclude each other; expected one of the two");
    if (options.permute_seed && options.split.empty())
        throw base::InputError("--permute-seed", "needs --split F1,F2[,F3]");
    nodescaling::ColumnChoice columns = options.columns();
    if (options.one_hot) columns.classes = classes;
    if (!options.split.empty()) nodescaling::check_fractions(options.split);
    nodescaling::NodeData all = nodescaling::read_node_data(context.source(options.files.front()), columns);
    DataParts parts;
    if (options.split.empty()) {
        if (options.one_hot) columns.classes = all.y.n_cols;
        if (options.test) parts.test = nodescaling::read_like(context.source(*options.test), all, columns);
        parts.train = std::move(all);
        return parts;
    }
    const auto rows = nodescaling::split_rows(all.rows(), options.split_rule());
    parts.train = nodescaling::part_of(all, rows.front());
    if (rows.size() == 3) parts.middle = nodescaling::part_of(all, rows[1]);
    if (rows.size() >= 2) parts.test = nodescaling::part_of(all, rows.back());
    return parts;
}

} // namespace limsym::tools
