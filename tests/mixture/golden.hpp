// How the golden vectors of mogp-sample name families: "kind" and JSON parameters.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "limsym/data/json.hpp"
#include "limsym/data/table.hpp"

namespace limsym::tests {

/// The family in the grammar of --prior; "p", the width, is left out.
inline std::string expression(const std::string& kind, const data::Json& parameters) {
    std::string text = kind;
    char separator = ':';
    for (const auto& [key, value] : parameters.items()) {
        if (key == "p") continue;
        text += separator + key + "=" + data::to_text(value);
        separator = ',';
    }
    return text;
}

inline data::Table golden_table(const std::string& folder, const std::string& file, const std::string& text_columns) {
    data::TableOptions options;
    options.text_columns = text_columns;
    options.allow_empty_cells = true; // a density may be infinite there
    return data::read_table({folder + "/" + file, std::nullopt, ""}, options);
}

/// Of a table whose text columns are "kind,params".
inline std::string expression(const data::Table& table, std::size_t row) {
    return expression(table.text.at(0)[row], data::parse_json(table.text.at(1)[row], table.file));
}

} // namespace limsym::tests
