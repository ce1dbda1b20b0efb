// The readers behind read_table, one a format.
#pragma once

#include "limsym/base/input.hpp"
#include "limsym/data/table.hpp"
#include "limsym/data/text_buffer.hpp"

namespace limsym::data {

[[nodiscard]] Table read_csv_table(TextBuffer& buffer, const TableOptions& options);

/// What may follow the first JSON value: nothing (json), further records (ndjson), or either (whichever it is).
enum class JsonShape { document, records, either };
[[nodiscard]] Table read_json_table(TextBuffer& buffer, JsonShape shape, const TableOptions& options);

/// Any format but JSON whose records are to be recognised. @param dataset of HDF5
[[nodiscard]] Table read_table_as(base::InputFile file, Format format, const TableOptions& options,
                                  const std::string& dataset = {});

/// Numbers without names: x1..xd.
[[nodiscard]] Table table_of_matrix(std::string file, arma::mat values);
/// x1..xd
[[nodiscard]] std::vector<std::string> numbered_names(std::size_t count);
/// Columns that the options name, among `names`; what is not there is left out (the caller names it in its own words).
[[nodiscard]] std::vector<bool> text_column_marks(const TableOptions& options, const std::vector<std::string>& names);

} // namespace limsym::data
