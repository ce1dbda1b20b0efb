// JSON written piece by piece, without a tree: documents that hold large matrices.
#pragma once

#include <armadillo>
#include <string>
#include <string_view>

#include "limsym/base/output.hpp"
#include "limsym/data/json.hpp"

namespace limsym::data {

/// Writes a JSON document piece by piece; numbers with the fewest digits, no blanks. The caller keeps the grammar.
class JsonWriter {
public:
    explicit JsonWriter(base::ByteSink sink);
    JsonWriter(const JsonWriter&) = delete;
    JsonWriter& operator=(const JsonWriter&) = delete;
    ~JsonWriter() = default;

    JsonWriter& begin_object();
    JsonWriter& end_object();
    JsonWriter& begin_array();
    JsonWriter& end_array();
    JsonWriter& key(std::string_view name);
    JsonWriter& value(const Json& document);
    /// key(name) and value(document)
    JsonWriter& member(std::string_view name, const Json& document);
    /// All members of an object, inside one that is open.
    JsonWriter& members(const Json& object);
    /// [[...],...], row by row. @throws std::logic_error on NaN or infinity
    JsonWriter& rows(const arma::mat& matrix);
    JsonWriter& rows(const arma::fmat& matrix);
    /// The lower triangle: row i has i+1 numbers.
    JsonWriter& lower_rows(const arma::mat& matrix);
    JsonWriter& lower_rows(const arma::fmat& matrix);
    /// [...], one number after another.
    JsonWriter& numbers(const arma::vec& values);
    /// limsym/matrix@1
    JsonWriter& matrix(const arma::mat& values);
    JsonWriter& matrix(const arma::fmat& values);
    /// Ends the line and hands everything to the sink.
    void finish();

private:
    void separate();
    template <typename Matrix>
    void write_rows(const Matrix& matrix, bool lower);

    base::ByteSink sink_;
    std::string buffer_;
    bool first_ = true; // no comma is due
};

} // namespace limsym::data
