// One column of a table: a sample, or arguments of a function.
#pragma once

#include <armadillo>
#include <optional>
#include <string>
#include <vector>

#include "limsym/data/table.hpp"

namespace limsym::data {

struct Column {
    Table table;            ///< where the values come from; its other columns were not read
    std::size_t number = 0; ///< 0-based
    arma::vec values;       ///< finite

    /// "FILE:LINE: column 1 is '1'; expected EXPECTED" for the value of a 0-based row.
    [[noreturn]] void fail(std::size_t row, const std::string& expected) const;
};

/// Which column is meant when the user names none.
struct ColumnRule {
    std::vector<std::string> preferred;   ///< the first of these that the header has
    std::vector<std::string> passed_over; ///< else the first column that is none of these
};

/// Reads one column of any table. @param name NAME or 1-based number, by default found by the rule
/// @throws InputError as read_table does, or naming --column: "'z9' is not a column of s.csv (value)"
[[nodiscard]] Column read_column(const Source& source, const std::optional<std::string>& name, const ColumnRule& rule);

} // namespace limsym::data
