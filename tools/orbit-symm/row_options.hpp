// The table of input rows: FILE, --features, --target; the same in every subcommand that reads rows.
#pragma once

#include <armadillo>
#include <optional>
#include <string>
#include <vector>

#include "common/command.hpp"
#include "limsym/data/feature_table.hpp"

namespace limsym::tools {

struct RowOptions {
    std::vector<std::string> files;
    std::optional<std::string> features;
    std::optional<std::string> target;
};

/// Declares --features, --target and the operand.
void declare(cli::Command& command, RowOptions& options);

struct Rows {
    data::ChosenTable input;
    std::vector<std::size_t> features; ///< columns of the table
    arma::mat x;                       ///< size x n, a column a row of the file
    std::string place;                 ///< the file, for messages
};

/// Default features: all columns but y0, y1, .., se_y0, .. and flag; without a header all columns.
/// @param size numbers that a row needs @param why "--rep-in 2V"
/// @throws InputError "x.csv: 3 features, --rep-in 2V needs 4"
[[nodiscard]] Rows read_rows(const RowOptions& options, std::optional<std::size_t> size, const std::string& why,
                             cli::Context& context);

/// The columns of the targets: --target, else y0, y1, ..; none: empty.
[[nodiscard]] std::vector<std::size_t> target_columns(const RowOptions& options, const data::Table& table);

} // namespace limsym::tools
