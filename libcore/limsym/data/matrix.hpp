// Dense matrices in and out: CSV, JSON (limsym/matrix@1 or bare arrays), NDJSON, npy, HDF5, idx.
//
// Shapes are rows x columns as a reader of the file sees them; arma::mat is column-major, so readers transpose once.
#pragma once

#include <armadillo>

#include "limsym/base/output.hpp"
#include "limsym/data/format.hpp"

namespace limsym::data {

/// A matrix with at least one row and one column, all numbers finite. A CSV header is skipped, a 1-D array is a column.
/// @throws InputError with file and line, JSON pointer, or row and column
[[nodiscard]] arma::mat read_matrix(const Source& source);

/// Writes a matrix: csv without header, json as limsym/matrix@1, ndjson as one array a line, npy '<f8' C order.
/// (HDF5 has its own writer, hdf5.hpp.)
void write_matrix(const base::ByteSink& sink, Format format, const arma::mat& matrix);

/// CSV with a header; NaN marks a value that does not exist and becomes an empty cell.
void write_csv(const base::ByteSink& sink, const std::vector<std::string>& names, const arma::mat& values);

/// SHA-256 of shape and numbers (not of the file they came from).
[[nodiscard]] std::string matrix_sha256(const arma::mat& matrix);

} // namespace limsym::data
