#include "row_options.hpp"

#include <algorithm>

#include "limsym/base/error.hpp"

namespace limsym::tools {

void declare(cli::Command& command, RowOptions& options) {
    command.text(options.features, "--features", "COL[,COL]",
                 "columns of the inputs, by name or number (all but y0, y1, .., se_y0, .. and flag)");
    command.text(options.target, "--target", "COL[,COL]", "columns that are no inputs (y0, y1, ..)");
    command.operands(options.files, 0, 1, "[FILE]", "table of inputs, one a row");
}

std::vector<std::size_t> target_columns(const RowOptions& options, const data::Table& table) {
    if (options.target) return table.columns(*options.target, "--target");
    std::vector<std::size_t> columns;
    if (table.has_header)
        for (std::size_t c = 0; c < table.names.size(); ++c)
            if (data::is_target_name(table.names[c])) columns.push_back(c);
    return columns;
}

Rows read_rows(const RowOptions& options, std::optional<std::size_t> size, const std::string& why,
               cli::Context& context) {
    const data::Source source = context.source(options.files.empty() ? "-" : options.files.front());
    Rows rows;
    rows.input = data::read_chosen_table(source, [&](const data::Table& head) {
        if (options.features) return head.columns(*options.features, "--features");
        std::vector<std::size_t> targets = target_columns(options, head);
        std::vector<std::size_t> columns;
        for (std::size_t c = 0; c < head.names.size(); ++c) {
            const bool result = head.has_header && data::is_result_name(head.names[c]);
            if (!result && std::find(targets.begin(), targets.end(), c) == targets.end()) columns.push_back(c);
        }
        return columns;
    });
    rows.features = rows.input.chosen;
    rows.place = source.file;
    if (size && rows.features.size() != *size)
        throw base::InputError(source.file, std::to_string(rows.features.size()) + " features, " + why + " needs " +
                                                std::to_string(*size));
    if (rows.features.empty()) throw base::InputError(source.file, "has no features; expected columns of inputs");
    rows.x = rows.input.table.values.cols(arma::conv_to<arma::uvec>::from(rows.features)).t();
    return rows;
}

} // namespace limsym::tools
