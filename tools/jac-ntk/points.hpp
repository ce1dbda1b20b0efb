// Points of the subcommands that do not train: all columns of a table, or those that --features and --target leave.
#pragma once

#include <armadillo>
#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/data/table.hpp"

namespace limsym::tools {

struct PointOptions {
    std::vector<std::string> files; ///< the operand, if there is one
    std::optional<std::string> features;
    std::optional<std::string> target;
};

/// Declares --features, --target and the operand.
void declare(cli::Command& command, PointOptions& options);
/// "-" without an operand.
[[nodiscard]] std::string points_file(const PointOptions& options);
/// The features of the operand, a row a point. @throws InputError naming a column that is not there
[[nodiscard]] arma::mat read_points(const PointOptions& options, cli::Context& context);
/// Those of another file.
[[nodiscard]] arma::mat read_points(const PointOptions& options, const std::string& file, cli::Context& context);

/// In a table with a header, a name in the list that no column has is told with those that there are.
/// @throws InputError "t.csv: no column 'z'; columns are x1, x2, y"
void check_columns(const data::Table& table, const std::string& list);

} // namespace limsym::tools
