// NumPy's array files (format versions 1.0 to 3.0) and the idx files of MNIST.
#pragma once

#include <armadillo>

#include "limsym/base/input.hpp"
#include "limsym/base/output.hpp"

namespace limsym::data {

struct NpyOptions {
    bool allow_nan = false; ///< NaN marks what is absent (infinities are refused all the same)
    bool flatten = false;   ///< an array of more dimensions (in C order) becomes a matrix of its first
};

/// A 1-D (one column) or 2-D array of <f8 <f4 <i8 <i4 |u1, C or Fortran order.
/// @throws InputError on another type or shape, a damaged or short file, a number that is not finite
[[nodiscard]] arma::mat read_npy(base::InputFile& file, const NpyOptions& options = {});

/// '<f8', or '<f4' of an fmat; C order, version 1.0, data at a multiple of 64 bytes.
void write_npy(const base::ByteSink& sink, const arma::mat& matrix);
void write_npy(const base::ByteSink& sink, const arma::fmat& matrix);

/// idx: further dimensions are flattened into rows; 1-D is one column. Big-endian, types 08 09 0B 0C 0D 0E.
[[nodiscard]] arma::mat read_idx(base::InputFile& file);

} // namespace limsym::data
