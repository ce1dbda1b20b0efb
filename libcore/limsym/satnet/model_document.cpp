#include "limsym/satnet/model_document.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/document.hpp"
#include "limsym/data/json_tree.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/symmetry/group_expression.hpp"
#include "limsym/symmetry/symmetric_matrix.hpp"

namespace limsym::satnet {

namespace {

constexpr const char* schema_name = "limsym/symsat-model@1";
constexpr long long most_variables = 1'000'000;

Model model_of_matrix(const arma::mat& C, bool symmetrise, const std::string& file) {
    if (C.n_rows < 2) throw base::InputError(file, "a matrix of order 1; expected n + 1 >= 2");
    Model model;
    model.n = C.n_rows - 1;
    model.parameters = MatrixParameters{symmetry::checked_symmetric(C, symmetrise, file)};
    return model;
}

// Arrays of number arrays are kept outside the tree; small ones go back in.
data::Json rows_as_json(const data::NumberRows& rows) {
    data::Json array = data::Json::array();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        data::Json row = data::Json::array();
        for (const double value : rows.row(i))
            if (value == std::floor(value) && std::abs(value) < 0x1p53)
                row.push_back(static_cast<std::int64_t>(value));
            else
                row.push_back(value);
        array.push_back(std::move(row));
    }
    return array;
}

OrbitalParameters read_orbital(data::ObjectReader& parent, const data::Document& document, std::size_t n) {
    const data::Json& value = parent.at("orbital");
    data::ObjectReader reader(value, document.file, "/orbital");
    data::Json group = reader.at("group");
    if (const auto found = document.rows.find("/orbital/group/generators"); found != document.rows.end())
        group["generators"] = rows_as_json(found->second);
    OrbitalParameters orbital;
    const symmetry::Group read = symmetry::read_group(group, document.file, "/orbital/group");
    if (read.degree() != n)
        reader.fail("group", "acts on " + std::to_string(read.degree()) + " points; expected n = " + std::to_string(n));
    orbital.layout = make_layout(read);
    orbital.values = reader.numbers("values");
    orbital.upper = reader.numbers("upper");
    if (orbital.values.size() != orbital.layout->parameters.size())
        reader.fail("values", std::to_string(orbital.values.size()) + " numbers; expected " +
                                  std::to_string(orbital.layout->parameters.size()) +
                                  ", one for every symmetric orbital off the diagonal");
    if (orbital.upper.size() != orbital.layout->points.count() && orbital.upper.size() != n)
        reader.fail("upper", std::to_string(orbital.upper.size()) + " numbers; expected " +
                                 std::to_string(orbital.layout->points.count()) + " (orbits) or " + std::to_string(n));
    reader.finish();
    return orbital;
}

Parameters read_parameters(data::ObjectReader& reader, const data::Document& document, const Model& model,
                           bool symmetrise) {
    const std::string form = reader.choice("param", {"S", "C", "orbital"}, std::nullopt);
    const std::size_t order = model.order();
    if (form == "orbital") {
        if (model.aux != 0) reader.fail("aux", std::to_string(model.aux) + "; expected 0 for param orbital");
        return read_orbital(reader, document, model.n);
    }
    static_cast<void>(reader.at(form));
    const std::string pointer = "/" + form;
    arma::mat values = document.matrix_object(pointer);
    if (values.n_rows != order)
        reader.fail(form, std::to_string(values.n_rows) + " rows; expected n + 1 + aux = " + std::to_string(order));
    if (form == "S") return FactorParameters{std::move(values)};
    if (values.n_cols != order)
        reader.fail(form, std::to_string(values.n_cols) + " columns; expected " + std::to_string(order));
    return MatrixParameters{symmetry::checked_symmetric(values, symmetrise, base::at_pointer(document.file, pointer))};
}

void read_clauses(data::ObjectReader& reader, const data::Document& document, Model& model) {
    if (!reader.has("clauses")) return;
    static_cast<void>(reader.at("clauses"));
    const auto found = document.rows.find("/clauses");
    if (found == document.rows.end()) {
        if (!reader.at("clauses").is_array() || !reader.at("clauses").empty())
            reader.fail("clauses", "expected arrays of literals");
    } else {
        for (std::size_t c = 0; c < found->second.size(); ++c) {
            std::vector<std::int64_t> clause;
            for (const double literal : found->second.row(c)) {
                if (literal != std::floor(literal) || literal == 0.0 ||
                    std::abs(literal) > static_cast<double>(model.n))
                    reader.fail("clauses/" + std::to_string(c), base::number_text(literal) +
                                                                    " is no literal; expected +-1..+-" +
                                                                    std::to_string(model.n));
                clause.push_back(static_cast<std::int64_t>(literal));
            }
            model.clauses.push_back(std::move(clause));
        }
    }
    model.weights = reader.has("weights") ? reader.numbers("weights") : std::vector<double>(model.clauses.size(), 1.0);
    if (model.weights.size() != model.clauses.size())
        reader.fail("weights", std::to_string(model.weights.size()) + " numbers; expected " +
                                   std::to_string(model.clauses.size()) + ", one for every clause");
}

} // namespace

Model read_model(const data::Document& document, bool symmetrise) {
    data::ObjectReader reader(document.tree, document.file, "");
    reader.schema(schema_name, true);
    Model model;
    model.n = static_cast<std::size_t>(reader.integer("n", std::nullopt, 1, most_variables));
    model.aux = static_cast<std::size_t>(reader.integer("aux", 0, 0, most_variables));
    model.k = static_cast<std::size_t>(reader.integer("k", 32, 2, most_variables));
    model.parameters = read_parameters(reader, document, model, symmetrise);
    if (reader.has("cells")) {
        std::size_t total = 0;
        for (const double size : reader.numbers("cells")) {
            if (!(size >= 1.0) || size != std::floor(size) || size > static_cast<double>(model.n))
                reader.fail("cells", base::number_text(size) + " is no size of a cell; expected whole numbers >= 1");
            model.cells.push_back(static_cast<std::size_t>(size));
            total += model.cells.back();
        }
        if (!model.cells.empty() && total != model.n)
            reader.fail("cells",
                        "hold " + std::to_string(total) + " variables; expected n = " + std::to_string(model.n));
    }
    if (const data::Json* const problem = reader.find("problem"); problem != nullptr && !problem->is_null()) {
        model.problem = parse_problem(reader.string("problem", std::nullopt), reader.file() + ":/problem");
        if (model.problem->variables() != model.n)
            reader.fail("problem", "has " + std::to_string(model.problem->variables()) +
                                       " variables; expected n = " + std::to_string(model.n));
        if (model.cells.empty()) model.cells = model.problem->cells;
    }
    read_clauses(reader, document, model);
    model.offset = reader.number("offset", 0.0);
    for (const char* known : {"history", "tool", "version", "seed", "options"})
        static_cast<void>(reader.find(known));
    reader.finish();
    return model;
}

Model read_model(const data::Source& source, bool symmetrise) {
    data::Format format = data::Format::json;
    {
        base::InputFile file(source.file);
        const std::optional<data::Format> named = data::format_of_name(source.file);
        if (named) {
            format = *named;
        } else if (source.file != "-") {
            format = data::format_of_content(file.peek());
        }
        if (format == data::Format::json || format == data::Format::ndjson) {
            data::TextBuffer buffer(std::move(file));
            const data::Document document = data::read_document(buffer);
            const bool is_matrix =
                document.rows.contains("") ||
                (document.tree.is_object() && document.tree.value("schema", data::Json()) == "limsym/matrix@1");
            if (is_matrix) return model_of_matrix(document.matrix_object(""), symmetrise, source.file);
            return read_model(document, symmetrise);
        }
    }
    return model_of_matrix(data::read_matrix({source.file, format, source.dataset}), symmetrise, source.file);
}

void write_model(const base::ByteSink& sink, const Model& model, const data::Json& head, const data::Json& history) {
    data::JsonWriter writer(sink);
    writer.begin_object().member("schema", schema_name);
    for (const auto& [key, value] : head.items())
        if (key != "schema") writer.member(key, value);
    writer.member("n", model.n).member("aux", model.aux).member("k", model.k);
    writer.member("param", parameter_name(model));
    if (const auto* const factors = std::get_if<FactorParameters>(&model.parameters)) {
        writer.key("S").matrix(factors->S);
    } else if (const auto* const matrix = std::get_if<MatrixParameters>(&model.parameters)) {
        writer.key("C").matrix(matrix->C);
    } else {
        const auto& orbital = std::get<OrbitalParameters>(model.parameters);
        writer.key("orbital").begin_object().member("group", symmetry::group_json(orbital.layout->group));
        writer.member("values", orbital.values).member("upper", orbital.upper).end_object();
    }
    writer.member("cells", model.cells);
    writer.member("problem", model.problem ? data::Json(to_text(*model.problem)) : data::Json());
    if (!model.clauses.empty()) {
        writer.member("clauses", model.clauses).member("weights", model.weights).member("offset", model.offset);
    }
    if (!history.is_null()) writer.member("history", history);
    writer.end_object().finish();
}

} // namespace limsym::satnet
