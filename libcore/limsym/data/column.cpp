#include "limsym/data/column.hpp"

#include <algorithm>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::data {

namespace {

std::size_t named_column(const std::string& word, const std::vector<std::string>& names, bool has_header,
                         const std::string& file) {
    if (has_header) {
        const auto found = std::find(names.begin(), names.end(), word);
        if (found != names.end()) {
            if (std::find(found + 1, names.end(), word) != names.end())
                throw base::InputError("--column", base::quoted(word) + " names more than one column of " + file +
                                                       "; expected its number");
            return static_cast<std::size_t>(found - names.begin());
        }
    }
    const auto number = base::parse_integer(word);
    if (number && *number >= 1 && static_cast<std::uint64_t>(*number) <= names.size())
        return static_cast<std::size_t>(*number - 1);
    constexpr std::size_t few = 20;
    std::string known = std::to_string(names.size()) + (names.size() == 1 ? " column" : " columns");
    if (has_header && names.size() <= few) {
        known.clear();
        for (const std::string& name : names)
            known += (known.empty() ? "" : ", ") + base::printable(name);
    }
    throw base::InputError("--column", base::quoted(word) + " is not a column of " + file + " (" + known + ")" +
                                           (has_header ? base::did_you_mean(word, names) : ""));
}

std::size_t column_by_rule(const ColumnRule& rule, const std::vector<std::string>& names, bool has_header) {
    if (!has_header) return 0;
    for (const std::string& name : rule.preferred)
        if (const auto found = std::find(names.begin(), names.end(), name); found != names.end())
            return static_cast<std::size_t>(found - names.begin());
    for (std::size_t c = 0; c < names.size(); ++c)
        if (std::find(rule.passed_over.begin(), rule.passed_over.end(), names[c]) == rule.passed_over.end()) return c;
    return 0;
}

} // namespace

void Column::fail(std::size_t row, const std::string& expected) const {
    throw base::InputError(table.place(row), "column " + std::to_string(number + 1) + " is " +
                                                 base::quoted(base::number_text(values(row))) + "; expected " +
                                                 expected);
}

Column read_column(const Source& source, const std::optional<std::string>& name, const ColumnRule& rule) {
    const auto choose = [&](const std::vector<std::string>& names, bool has_header) {
        return name ? named_column(*name, names, has_header, source.file) : column_by_rule(rule, names, has_header);
    };
    TableOptions options;
    options.only_column = choose;
    Column column;
    column.table = read_table(source, options);
    column.number = choose(column.table.names, column.table.has_header);
    column.values = column.table.values.col(column.number);
    column.table.values.reset();
    return column;
}

} // namespace limsym::data
