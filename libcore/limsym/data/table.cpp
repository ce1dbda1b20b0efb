#include "limsym/data/table.hpp"

#include <algorithm>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/npy.hpp"
#include "limsym/data/table_readers.hpp"

namespace limsym::data {

namespace {

std::vector<std::string> split_list(const std::string& list) {
    std::vector<std::string> words;
    std::size_t begin = 0;
    for (;;) {
        const std::size_t comma = std::min(list.find(',', begin), list.size());
        words.push_back(list.substr(begin, comma - begin));
        if (comma == list.size()) return words;
        begin = comma + 1;
    }
}

/// 0-based column of a name or a 1-based number, npos when there is none.
std::size_t find_column(const std::vector<std::string>& names, const std::string& word) {
    const auto found = std::find(names.begin(), names.end(), word);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    const auto number = base::parse_integer(word);
    if (number && *number >= 1 && static_cast<std::uint64_t>(*number) <= names.size())
        return static_cast<std::size_t>(*number - 1);
    return std::string::npos;
}

} // namespace

std::vector<std::string> numbered_names(std::size_t count) {
    std::vector<std::string> names;
    names.reserve(count);
    for (std::size_t i = 1; i <= count; ++i)
        names.push_back("x" + std::to_string(i));
    return names;
}

std::vector<bool> text_column_marks(const TableOptions& options, const std::vector<std::string>& names) {
    std::vector<bool> marks(names.size(), false);
    if (options.text_columns.empty()) return marks;
    for (const std::string& word : split_list(options.text_columns))
        if (const std::size_t column = find_column(names, word); column < names.size()) marks[column] = true;
    return marks;
}

std::string Table::place(std::size_t row) const {
    if (places == Places::lines && row < lines.size()) return base::at_line(file, lines[row]);
    if (places == Places::pointers) return base::at_pointer(file, pointer + "/" + std::to_string(row));
    return file + ": row " + std::to_string(row + 1);
}

std::size_t Table::column(const std::string& word, std::string_view option) const {
    const std::size_t found = find_column(names, word);
    if (found == std::string::npos) {
        if (base::parse_integer(word))
            throw base::InputError(option, file + " has no column " + word + "; expected 1 to " +
                                               std::to_string(names.size()) + " or a name");
        const std::string hint = base::did_you_mean(word, names);
        constexpr std::size_t few = 20;
        std::string known;
        if (hint.empty() && names.size() <= few) known = "; expected one of " + base::join(names);
        throw base::InputError(option, file + " has no column " + base::quoted(word) + (hint.empty() ? known : hint));
    }
    if (word == names[found] && std::count(names.begin(), names.end(), word) > 1)
        throw base::InputError(option,
                               file + " has more than one column " + base::quoted(word) + "; expected its number");
    return found;
}

std::vector<std::size_t> Table::columns(const std::string& list, std::string_view option) const {
    std::vector<std::size_t> found;
    for (const std::string& word : split_list(list)) {
        const std::size_t column_found = column(word, option);
        if (std::find(found.begin(), found.end(), column_found) != found.end())
            throw base::InputError(option, "the column " + base::quoted(word) + " is named twice");
        found.push_back(column_found);
    }
    return found;
}

Table table_of_matrix(std::string file, arma::mat values) {
    Table table;
    table.file = std::move(file);
    table.names = numbered_names(values.n_cols);
    table.values = std::move(values);
    table.places = Table::Places::rows;
    return table;
}

Table read_table_as(base::InputFile file, Format format, const TableOptions& options, const std::string& dataset) {
    Table table;
    switch (format) {
    case Format::csv: {
        TextBuffer buffer(std::move(file));
        return read_csv_table(buffer, options);
    }
    case Format::json:
    case Format::ndjson: {
        TextBuffer buffer(std::move(file));
        return read_json_table(buffer, format == Format::json ? JsonShape::document : JsonShape::records, options);
    }
    case Format::npy:
        table = table_of_matrix(file.name(), read_npy(file));
        break;
    case Format::idx:
        table = table_of_matrix(file.name(), read_idx(file));
        break;
    case Format::h5:
        table = table_of_matrix(file.name(), read_hdf5_matrix(file, dataset));
        break;
    }
    if (table.values.n_rows == 0 && !options.allow_no_rows)
        throw base::InputError(table.file, "holds no rows; expected at least one");
    if (table.values.n_cols == 0 && table.values.n_rows > 0)
        throw base::InputError(table.file, "holds no columns; expected at least one");
    return table;
}

Table read_table(const Source& source, const TableOptions& options) {
    base::InputFile file(source.file);
    const std::optional<Format> told = source.format ? source.format : format_of_name(source.file);
    if (told) return read_table_as(std::move(file), *told, options, source.dataset);
    const Format found = format_of_content(file.peek());
    if (found != Format::json && found != Format::ndjson)
        return read_table_as(std::move(file), found, options, source.dataset);
    // The first bytes of records can look like a document.
    TextBuffer buffer(std::move(file));
    return read_json_table(buffer, found == Format::json ? JsonShape::either : JsonShape::records, options);
}

} // namespace limsym::data
