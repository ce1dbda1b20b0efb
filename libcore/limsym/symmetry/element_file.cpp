#include "limsym/symmetry/element_file.hpp"

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/data/json.hpp"
#include "limsym/data/table_readers.hpp"

namespace limsym::symmetry {

namespace {

std::vector<std::size_t> factor_dimensions(const LinearAction& group) {
    if (!group.is_product()) return {group.d};
    std::vector<std::size_t> dimensions;
    for (const LinearAction& part : group.parts)
        dimensions.push_back(part.d);
    return dimensions;
}

arma::mat matrix_of_json(const data::Json& rows, std::size_t d, const std::string& place) {
    const auto fail = [&]() {
        throw base::InputError(place, "is not a matrix of finite numbers; expected " + std::to_string(d) + " x " +
                                          std::to_string(d));
    };
    if (!rows.is_array() || rows.size() != d) fail();
    arma::mat m(d, d, arma::fill::none);
    for (std::size_t i = 0; i < d; ++i) {
        if (!rows[i].is_array() || rows[i].size() != d) fail();
        for (std::size_t j = 0; j < d; ++j) {
            if (!rows[i][j].is_number()) fail();
            m(i, j) = rows[i][j].get<double>();
        }
    }
    return m;
}

Element element_of_json(const data::Json& line, const std::vector<std::size_t>& dimensions, const std::string& place) {
    const data::Json* value = &line;
    if (line.is_object()) {
        for (const char* key : {"g", "z", "data"})
            if (const auto found = line.find(key); found != line.end()) {
                value = &*found;
                break;
            }
        if (value == &line) throw base::InputError(place, "has no \"g\" or \"z\"; expected an element");
    }
    if (dimensions.size() == 1) return {matrix_of_json(*value, dimensions[0], place)};
    if (!value->is_array() || value->size() != dimensions.size())
        throw base::InputError(place, "is not a list of " + std::to_string(dimensions.size()) + " factor matrices");
    Element g;
    for (std::size_t k = 0; k < dimensions.size(); ++k)
        g.push_back(matrix_of_json((*value)[k], dimensions[k], place));
    return g;
}

std::vector<Element> elements_of_table(const data::Table& table, const std::vector<std::size_t>& dimensions) {
    std::size_t numbers = 0;
    for (const std::size_t d : dimensions)
        numbers += d * d;
    if (table.values.n_cols != numbers)
        throw base::InputError(table.place(0),
                               std::to_string(table.values.n_cols) + " columns; expected " + std::to_string(numbers));
    std::vector<Element> elements;
    for (std::size_t row = 0; row < table.values.n_rows; ++row) {
        Element g;
        std::size_t at = 0;
        for (const std::size_t d : dimensions) {
            g.emplace_back(arma::reshape(table.values.submat(row, at, row, at + d * d - 1), d, d).t());
            at += d * d;
        }
        elements.push_back(std::move(g));
    }
    return elements;
}

std::vector<Element> elements_of_json(const std::string& text, const std::string& file,
                                      const std::vector<std::size_t>& dimensions) {
    std::vector<Element> elements;
    std::size_t line = 1;
    std::size_t begin = 0;
    while (begin < text.size()) {
        std::size_t end = std::min(text.find('\n', begin), text.size());
        std::string_view record = std::string_view(text).substr(begin, end - begin);
        if (record.find_first_not_of(" \t\r") != std::string_view::npos) {
            if (elements.empty() &&
                record.find_first_of("]}") == std::string_view::npos) { // one document on many lines
                elements.push_back(element_of_json(data::parse_json(std::string_view(text).substr(begin), file, line),
                                                   dimensions, base::at_line(file, line)));
                return elements;
            }
            elements.push_back(
                element_of_json(data::parse_json(record, file, line), dimensions, base::at_line(file, line)));
        }
        begin = end + 1;
        ++line;
    }
    return elements;
}

} // namespace

std::vector<Element> read_matrices(const data::Source& source, const LinearAction& group) {
    const std::vector<std::size_t> dimensions = factor_dimensions(group);
    base::InputFile file(source.file);
    const data::Format format = data::format_of_content(file.peek());
    std::vector<Element> elements;
    if (format == data::Format::json || format == data::Format::ndjson) {
        elements = elements_of_json(file.read_all(), source.file, dimensions);
    } else {
        elements = elements_of_table(data::read_table_as(std::move(file), format, {}, source.dataset), dimensions);
    }
    if (elements.empty()) throw base::InputError(source.file, "holds no element; expected at least one");
    return elements;
}

std::vector<Element> read_elements(const data::Source& source, const LinearAction& group) {
    std::vector<Element> elements = read_matrices(source, group);
    for (std::size_t k = 0; k < elements.size(); ++k)
        for (const arma::mat& m : elements[k])
            if (!(arma::rcond(m) > 1e-14))
                throw base::InputError(source.file,
                                       "element " + std::to_string(k) + " is singular; expected an invertible matrix");
    return elements;
}

} // namespace limsym::symmetry
