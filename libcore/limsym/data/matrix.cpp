#include "limsym/data/matrix.hpp"

#include <bit>
#include <cstdint>

#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/data/csv.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/npy.hpp"
#include "limsym/data/number_writer.hpp"
#include "limsym/data/table.hpp"

namespace limsym::data {

namespace {

void write_ndjson(const base::ByteSink& sink, const arma::mat& matrix) {
    std::string text;
    RowWriter writer(text, sink);
    for (arma::uword r = 0; r < matrix.n_rows; ++r) {
        text += '[';
        writer.row(matrix, r, matrix.n_cols, RowWriter::NonFinite::refuse);
        text += "]\n";
    }
    sink(text);
}

} // namespace

arma::mat read_matrix(const Source& source) {
    return read_table(source).values;
}

void write_matrix(const base::ByteSink& sink, Format format, const arma::mat& matrix) {
    switch (format) {
    case Format::csv:
        write_csv_rows(sink, matrix);
        return;
    case Format::json: {
        JsonWriter writer(sink);
        writer.matrix(matrix).finish();
        return;
    }
    case Format::ndjson:
        write_ndjson(sink, matrix);
        return;
    case Format::npy:
        write_npy(sink, matrix);
        return;
    case Format::h5:
    case Format::idx:
        break;
    }
    throw base::InputError("a matrix cannot be written as " + std::string(format_name(format)) +
                           " here; expected one of csv, json, ndjson, npy");
}

std::string matrix_sha256(const arma::mat& matrix) {
    base::Sha256 hash;
    const std::uint64_t shape[] = {matrix.n_rows, matrix.n_cols};
    hash.update(shape, sizeof shape);
    hash.update(matrix.memptr(), matrix.n_elem * sizeof(double));
    return hash.hex();
}

} // namespace limsym::data
