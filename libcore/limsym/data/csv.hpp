// CSV in pieces, for results whose columns are not all numbers.
#pragma once

#include <armadillo>
#include <string>
#include <string_view>

#include "limsym/base/output.hpp"

namespace limsym::data {

/// Numbers without a header. @throws std::logic_error on NaN or infinity
void write_csv_rows(const base::ByteSink& sink, const arma::mat& values);

/// Appends a text as one cell: quoted where it holds a comma, a quote, a line feed, or blanks at an end.
void append_csv_cell(std::string& line, std::string_view text);

} // namespace limsym::data
