#include "points.hpp"

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include "limsym/base/error.hpp"

namespace limsym::tools {

void declare(cli::Command& command, PointOptions& options) {
    command.group("Data");
    command.text(options.features, "--features", "COL[,COL]",
                 "columns of the points, by name or 1-based number (all, but those of --target)");
    command.text(options.target, "--target", "COL[,COL]", "columns that are no features, left out");
    command.operands(options.files, 0, 1, "[X]", "table of points, a row each (standard input)");
}

std::string points_file(const PointOptions& options) {
    return options.files.empty() ? "-" : options.files.front();
}

void check_columns(const data::Table& table, const std::string& list) {
    if (!table.has_header) return;
    std::istringstream words(list);
    for (std::string word; std::getline(words, word, ',');) {
        const bool number = !word.empty() && word.find_first_not_of("0123456789") == std::string::npos;
        if (!number && std::find(table.names.begin(), table.names.end(), word) == table.names.end())
            throw base::InputError(table.file, "no column " + base::quoted(word) + "; columns are " +
                                                   base::printable(base::join(table.names)));
    }
}

arma::mat read_points(const PointOptions& options, cli::Context& context) {
    return read_points(options, points_file(options), context);
}

arma::mat read_points(const PointOptions& options, const std::string& file, cli::Context& context) {
    data::Table table = data::read_table(context.source(file));
    if (!options.features && !options.target) return std::move(table.values);
    std::vector<std::size_t> left_out;
    if (options.target) {
        check_columns(table, *options.target);
        left_out = table.columns(*options.target, "--target");
    }
    const auto is_left_out = [&](std::size_t column) {
        return std::find(left_out.begin(), left_out.end(), column) != left_out.end();
    };
    std::vector<arma::uword> columns;
    if (options.features) {
        check_columns(table, *options.features);
        for (const std::size_t column : table.columns(*options.features, "--features")) {
            if (is_left_out(column))
                throw base::InputError("--features", base::quoted(table.names[column]) + " is a target as well");
            columns.push_back(column);
        }
    } else {
        for (std::size_t column = 0; column < table.values.n_cols; ++column)
            if (!is_left_out(column)) columns.push_back(column);
    }
    if (columns.empty())
        throw base::InputError("--target", "every column of " + table.file + " is a target; expected a feature");
    return table.values.cols(arma::uvec(columns));
}

} // namespace limsym::tools
