// Tables: named numeric columns, some of them perhaps text, with the line of every row for messages.
#pragma once

#include <armadillo>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "limsym/data/format.hpp"

namespace limsym::data {

struct Table {
    std::string file; ///< as the user called it
    bool has_header = false;
    std::vector<std::string> names;   ///< of the header, or x1..xd
    arma::mat values;                 ///< rows x columns; a text column holds zeros, an absent value NaN
    std::vector<std::uint32_t> lines; ///< physical line of each row, from 1 (CSV and NDJSON)
    std::map<std::size_t, std::vector<std::string>> text; ///< cells of the text columns by column number (0-based)

    /// How a row is named: by its line, by a JSON pointer "POINTER/ROW", or by its number from 1.
    enum class Places { lines, pointers, rows };
    Places places = Places::lines;
    std::string pointer; ///< of the rows in a JSON document ("/data")

    /// "FILE:LINE" of a 0-based row ("FILE:/data/ROW", "FILE: row 1").
    [[nodiscard]] std::string place(std::size_t row) const;
    /// 0-based column of a name or a 1-based number. @throws InputError naming `option`, with did-you-mean
    [[nodiscard]] std::size_t column(const std::string& name_or_number, std::string_view option) const;
    /// The same for a comma-separated list; a column named twice is an error.
    [[nodiscard]] std::vector<std::size_t> columns(const std::string& list, std::string_view option) const;
};

struct TableOptions {
    bool allow_no_rows = false;     ///< a header alone, or an empty file, gives 0 rows
    bool allow_empty_cells = false; ///< an empty cell becomes NaN instead of an error
    bool allow_other_cells = false; ///< whatever is no number becomes NaN instead of an error
    std::string text_columns = {};  ///< comma-separated names or 1-based numbers whose cells may be any text
    /// Chooses the one column (0-based) that is read, by the names and whether a header gave them; cells of the others
    /// may hold anything, are not kept and count as 0. Empty: all columns are read.
    std::function<std::size_t(const std::vector<std::string>& names, bool has_header)> only_column = {};
};

/// Reads a table. CSV: quoted cells, CRLF, byte order mark, blank lines skipped; the first row is a header when any
/// of its cells is not a number (spellings of nan and inf are errors, never a header).
/// JSON: limsym/matrix@1 or a bare array of rows; NDJSON: one array a line, or one object a line with equal keys.
/// @throws InputError "FILE:LINE: column 7 is 'abc'; expected a finite number", "FILE:LINE: 4 columns; expected 5"
[[nodiscard]] Table read_table(const Source& source, const TableOptions& options = {});

} // namespace limsym::data
