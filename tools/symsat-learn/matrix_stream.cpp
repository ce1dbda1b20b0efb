#include "matrix_stream.hpp"

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/data/document_stream.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/satnet/model_document.hpp"
#include "limsym/symmetry/symmetric_matrix.hpp"

namespace limsym::tools {

namespace {

arma::mat checked(const arma::mat& matrix, bool symmetrise, const std::string& place) {
    if (matrix.n_elem == 1) throw base::InputError(place, "the matrix is of order 1; expected at least 2");
    return symmetry::checked_symmetric(matrix, symmetrise, place);
}

bool is_model(const data::Json& tree) {
    const auto schema = tree.is_object() ? tree.find("schema") : tree.end();
    return tree.is_object() && schema != tree.end() && schema->is_string() &&
           schema->get<std::string>().rfind("limsym/symsat-model@", 0) == 0;
}

MatrixRecord record_of(const data::Document& document, bool symmetrise) {
    MatrixRecord record;
    if (is_model(document.tree)) {
        const satnet::Model model = satnet::read_model(document, symmetrise);
        const arma::mat couplings = satnet::coupling_matrix(model);
        record.matrix = checked(couplings.submat(1, 1, model.n, model.n), symmetrise, document.file);
        return record;
    }
    record.matrix = checked(document.matrix_object(""), symmetrise, document.file);
    if (!document.tree.is_object()) return record;
    record.id = document.tree.value("id", data::Json());
    if (const auto labels = document.tree.find("labels_sha256"); labels != document.tree.end()) {
        if (!labels->is_string())
            throw base::InputError(base::at_pointer(document.file, "/labels_sha256"), "is no text; expected SHA-256");
        record.labels_sha256 = labels->get<std::string>();
    }
    return record;
}

} // namespace

void for_each_matrix(const std::string& file, bool symmetrise, const std::function<void(const MatrixRecord&)>& use,
                     cli::Context& context) {
    const data::Source source = context.source(file);
    const std::optional<data::Format> named = source.format ? source.format : data::format_of_name(source.file);
    const auto read_one = [&](data::Format format) {
        MatrixRecord record;
        record.matrix = checked(data::read_matrix({source.file, format, source.dataset}), symmetrise, file);
        use(record);
    };
    if (named && *named != data::Format::json && *named != data::Format::ndjson) return read_one(*named);
    base::InputFile input(source.file);
    const data::Format format = named ? *named : data::format_of_content(input.peek());
    if (format != data::Format::json && format != data::Format::ndjson) {
        if (file != "-") return read_one(format);
        const std::string name(data::format_name(format));
        throw base::InputError(file, "looks like " + name + "; expected JSON or NDJSON, or --from " + name);
    }
    data::DocumentStream documents(std::move(input));
    std::optional<data::Document> document = documents.next();
    if (!document) throw base::InputError(file, "is empty; expected a matrix");
    MatrixRecord record = record_of(*document, symmetrise);
    const bool stream = format == data::Format::ndjson || !record.id.is_null() || record.labels_sha256;
    while (true) {
        record.in_stream = stream;
        use(record);
        document = documents.next();
        if (!document) break;
        if (!stream)
            throw base::InputError(document->file, "a second document; expected one, or NDJSON with --from ndjson");
        record = record_of(*document, symmetrise);
    }
}

} // namespace limsym::tools
