#include "limsym/data/json_writer.hpp"

#include <nlohmann/json.hpp>

#include "limsym/data/json_tree.hpp"
#include "limsym/data/number_writer.hpp"

namespace limsym::data {

namespace {

constexpr std::size_t buffer_size = std::size_t{1} << 18U;

} // namespace

JsonWriter::JsonWriter(base::ByteSink sink) : sink_(std::move(sink)) {}

void JsonWriter::separate() {
    if (!first_) buffer_ += ',';
    first_ = false;
    if (buffer_.size() >= buffer_size) {
        sink_(buffer_);
        buffer_.clear();
    }
}

JsonWriter& JsonWriter::begin_object() {
    separate();
    buffer_ += '{';
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::end_object() {
    buffer_ += '}';
    first_ = false;
    return *this;
}

JsonWriter& JsonWriter::begin_array() {
    separate();
    buffer_ += '[';
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::end_array() {
    buffer_ += ']';
    first_ = false;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    append_quoted(buffer_, name);
    buffer_ += ':';
    first_ = true;
    return *this;
}

JsonWriter& JsonWriter::value(const Json& document) {
    separate();
    append_text(buffer_, document);
    return *this;
}

JsonWriter& JsonWriter::member(std::string_view name, const Json& document) {
    return key(name).value(document);
}

JsonWriter& JsonWriter::members(const Json& object) {
    for (const auto& [name, document] : object.get_ref<const Json::object_t&>())
        member(name, document);
    return *this;
}

template <typename Matrix>
void JsonWriter::write_rows(const Matrix& matrix, bool lower) {
    separate();
    buffer_ += '[';
    RowWriter writer(buffer_, sink_);
    for (arma::uword r = 0; r < matrix.n_rows; ++r) {
        buffer_ += r > 0 ? ",[" : "[";
        writer.row(matrix, r, lower ? r + 1 : matrix.n_cols, RowWriter::NonFinite::refuse);
        buffer_ += ']';
    }
    buffer_ += ']';
}

JsonWriter& JsonWriter::rows(const arma::mat& matrix) {
    write_rows(matrix, false);
    return *this;
}

JsonWriter& JsonWriter::rows(const arma::fmat& matrix) {
    write_rows(matrix, false);
    return *this;
}

JsonWriter& JsonWriter::lower_rows(const arma::mat& matrix) {
    write_rows(matrix, true);
    return *this;
}

JsonWriter& JsonWriter::lower_rows(const arma::fmat& matrix) {
    write_rows(matrix, true);
    return *this;
}

JsonWriter& JsonWriter::numbers(const arma::vec& values) {
    separate();
    buffer_ += '[';
    RowWriter writer(buffer_, sink_);
    const arma::mat row(const_cast<double*>(values.memptr()), 1, values.n_elem, false, true);
    writer.row(row, 0, values.n_elem, RowWriter::NonFinite::refuse);
    buffer_ += ']';
    return *this;
}

JsonWriter& JsonWriter::matrix(const arma::mat& values) {
    begin_object().member("schema", "limsym/matrix@1").member("rows", values.n_rows).member("cols", values.n_cols);
    return key("data").rows(values).end_object();
}

JsonWriter& JsonWriter::matrix(const arma::fmat& values) {
    begin_object().member("schema", "limsym/matrix@1").member("rows", values.n_rows).member("cols", values.n_cols);
    return key("data").rows(values).end_object();
}

void JsonWriter::finish() {
    buffer_ += '\n';
    sink_(buffer_);
    buffer_.clear();
}

} // namespace limsym::data
