// JSON documents that hold matrices: the numbers are kept outside the tree.
#pragma once

#include <armadillo>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "limsym/data/json.hpp"
#include "limsym/data/number_rows.hpp"
#include "limsym/data/text_buffer.hpp"

namespace limsym::data {

/// A document whose arrays of number arrays were taken out of the tree, where null stands in their place.
struct Document {
    std::string file;
    Json tree;
    std::map<std::string, NumberRows> rows; ///< by JSON pointer ("/nngp/data")

    /// The rectangular matrix at a pointer. @throws InputError when there is none, or its rows differ in length
    [[nodiscard]] arma::mat matrix(const std::string& pointer) const;
    /// The limsym/matrix@1 object at a pointer (or bare rows there), its rows and cols checked.
    [[nodiscard]] arma::mat matrix_object(const std::string& pointer) const;
};

/// @throws InputError as parse_json
[[nodiscard]] Document read_document(const std::string& file);
/// What is left in a buffer.
[[nodiscard]] Document read_document(TextBuffer& buffer);
[[nodiscard]] Document parse_document(std::string_view text, const std::string& name);

} // namespace limsym::data
