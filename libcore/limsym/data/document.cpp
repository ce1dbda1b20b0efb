#include "limsym/data/document.hpp"

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/data/json_tree.hpp"

namespace limsym::data {

Document read_document(TextBuffer& buffer) {
    JsonScanner scanner(buffer);
    Document document{buffer.name(), {}, {}};
    document.tree = read_value(scanner, &document.rows);
    scanner.expect_end();
    return document;
}

Document read_document(const std::string& file) {
    TextBuffer buffer{base::InputFile(file)};
    return read_document(buffer);
}

Document parse_document(std::string_view text, const std::string& name) {
    TextBuffer buffer(text, name);
    return read_document(buffer);
}

arma::mat Document::matrix(const std::string& pointer) const {
    const auto found = rows.find(pointer);
    if (found == rows.end())
        throw base::InputError(base::at_pointer(file, pointer), "no matrix is there; expected rows of numbers");
    const NumberRows& numbers = found->second;
    const std::size_t columns = numbers.row(0).size();
    if (columns == 0) throw base::InputError(base::at_pointer(file, pointer + "/0"), "is empty; expected numbers");
    if (const std::size_t i = numbers.first_of_other_length(columns); i < numbers.size())
        throw base::InputError(base::at_pointer(file, pointer + "/" + std::to_string(i)),
                               std::to_string(numbers.row(i).size()) + " numbers; expected " + std::to_string(columns));
    return numbers.matrix(columns);
}

arma::mat Document::matrix_object(const std::string& pointer) const {
    if (rows.contains(pointer)) return matrix(pointer);
    const Json::json_pointer place(pointer);
    if (!tree.contains(place))
        throw base::InputError(base::at_pointer(file, pointer), "no matrix is there; expected limsym/matrix@1");
    ObjectReader object(tree.at(place), file, pointer);
    object.schema("limsym/matrix@1");
    arma::mat values = matrix(pointer + "/data");
    for (const auto& [key, size] : {std::pair{"rows", values.n_rows}, std::pair{"cols", values.n_cols}})
        if (object.has(key) && object.integer(key, 0, 0, 1LL << 40) != static_cast<long long>(size))
            object.fail(key, "does not agree with the data, which has " + std::to_string(size));
    return values;
}

} // namespace limsym::data
