#include "common/input_rows.hpp"

#include "limsym/data/table.hpp"

namespace limsym::tools {

void declare_features(cli::Command& command, InputRows& rows) {
    command.text(rows.features, "--features", "COL[,COL]", "columns of X, by name or number (all)");
}

arma::mat read_inputs(const InputRows& rows, cli::Context& context) {
    data::Table table = data::read_table(context.source(rows.files.empty() ? "-" : rows.files.front()));
    if (!rows.features) return std::move(table.values);
    const std::vector<std::size_t> columns = table.columns(*rows.features, "--features");
    return table.values.cols(arma::conv_to<arma::uvec>::from(columns));
}

} // namespace limsym::tools
