#include "limsym/data/feature_table.hpp"

#include <algorithm>

#include "limsym/base/input.hpp"
#include "limsym/data/table_readers.hpp"

namespace limsym::data {

namespace {

bool is_number_behind(const std::string& name, const std::string& prefix) {
    return name.size() > prefix.size() && name.starts_with(prefix) &&
           std::all_of(name.begin() + static_cast<std::ptrdiff_t>(prefix.size()), name.end(),
                       [](char c) { return c >= '0' && c <= '9'; });
}

ChosenTable read_chosen_csv(base::InputFile file, const ColumnChoice& choice) {
    const std::string name = file.name();
    const std::string text = file.read_all();
    // The head alone says what is chosen; then the cells of the other columns may be anything.
    std::size_t head_end = 0;
    while (head_end < text.size() && (text[head_end] == '\n' || text[head_end] == '\r'))
        ++head_end;
    head_end = std::min(text.find('\n', head_end), text.size());
    TableOptions of_head;
    of_head.allow_no_rows = true;
    TableOptions options;
    ChosenTable result;
    TextBuffer head_buffer(std::string_view(text).substr(0, head_end), name);
    const Table head = read_csv_table(head_buffer, of_head);
    if (head.has_header) {
        const std::vector<std::size_t> chosen = choice(head);
        for (std::size_t column = 0; column < head.names.size(); ++column) {
            if (std::find(chosen.begin(), chosen.end(), column) != chosen.end()) continue;
            options.text_columns += (options.text_columns.empty() ? "" : ",") + head.names[column];
        }
    }
    TextBuffer buffer(text, name);
    result.table = read_csv_table(buffer, options);
    result.chosen = choice(result.table);
    result.format = Format::csv;
    return result;
}

} // namespace

bool is_target_name(const std::string& name) {
    return is_number_behind(name, "y");
}

bool is_result_name(const std::string& name) {
    return is_target_name(name) || is_number_behind(name, "se_y") || name == "flag";
}

ChosenTable read_chosen_table(const Source& source, const ColumnChoice& choice) {
    base::InputFile file(source.file);
    const std::optional<Format> told = source.format ? source.format : format_of_name(source.file);
    const Format format = told ? *told : format_of_content(file.peek());
    if (format == Format::csv) return read_chosen_csv(std::move(file), choice);
    ChosenTable result;
    if (!told && (format == Format::json || format == Format::ndjson)) {
        TextBuffer buffer(std::move(file));
        result.table = read_json_table(buffer, format == Format::json ? JsonShape::either : JsonShape::records, {});
    } else {
        result.table = read_table_as(std::move(file), format, {}, source.dataset);
    }
    result.chosen = choice(result.table);
    result.format = format;
    return result;
}

} // namespace limsym::data
