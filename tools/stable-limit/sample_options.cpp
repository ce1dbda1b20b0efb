#include "sample_options.hpp"

namespace limsym::tools {

void declare(cli::Command& command, SampleInput& input) {
    command.text(input.column, "--column", "NAME|N",
                 "the column that is the sample (value, else the first that is no "
                 "draw, net, node, row, index or i)");
    command.operands(input.files, 1, 1, "FILE", "a table with the sample in one column; the others may hold text");
}

data::Column read_sample(const SampleInput& input, cli::Context& context) {
    const data::ColumnRule rule{{"value"}, {"draw", "net", "node", "row", "index", "i"}};
    return data::read_column(context.source(input.files.front()), input.column, rule);
}

} // namespace limsym::tools
