// Tables of which only some columns are numbers that matter: features by name, the other columns kept as they are.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "limsym/data/table.hpp"

namespace limsym::data {

/// Which columns (0-based) are wanted, by the names of the table (no rows yet).
using ColumnChoice = std::function<std::vector<std::size_t>(const Table& head)>;

struct ChosenTable {
    Table table; ///< in CSV with a header, the columns that were not chosen are text columns
    std::vector<std::size_t> chosen;
    Format format; ///< what the file was
};

/// Reads any table. The chosen columns must be numbers; others may hold anything where a CSV header names them.
/// @throws InputError as read_table does
[[nodiscard]] ChosenTable read_chosen_table(const Source& source, const ColumnChoice& choice);

/// The columns called y0, y1, .. (targets), se_y0, .., and flag, by the conventions of orbit-symm and soft-equiv;
/// without a header there are none.
[[nodiscard]] bool is_target_name(const std::string& name);
[[nodiscard]] bool is_result_name(const std::string& name);

} // namespace limsym::data
