#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "limsym/base/error.hpp"
#include "limsym/data/json.hpp"
#include "limsym/data/json_tree.hpp"
#include "limsym/data/number_rows.hpp"
#include "limsym/data/table_readers.hpp"

namespace limsym::data {

namespace {

/// Reads rows, be they items of one document or records one after another.
class JsonTableReader {
public:
    JsonTableReader(TextBuffer& buffer, JsonShape shape, const TableOptions& options)
        : scanner_(buffer), shape_(shape), options_(options) {
        table_.file = buffer.name();
    }

    Table read() {
        const char first = scanner_.peek();
        if (shape_ == JsonShape::records) {
            records();
        } else if (first == '[') {
            array_document();
        } else if (first == '{') {
            object_document();
        } else if (!scanner_.ended()) {
            scanner_.fail("an array or an object");
        }
        if (collector_.rows() == 0 && !options_.allow_no_rows)
            throw base::InputError(table_.file, "holds no rows; expected at least one");
        if (table_.names.empty()) table_.names = numbered_names(collector_.columns());
        if (collector_.rows() == 0) {
            table_.values.set_size(0, table_.names.size());
        } else {
            table_.values = collector_.take();
        }
        return std::move(table_);
    }

private:
    // Documents

    /// [[...],...], [{...},...] or [number,...], which is one column or, when records may follow, the first of them.
    void array_document() {
        line_ = scanner_.line();
        scanner_.open('[');
        const bool records_follow = items("");
        if (records_follow) {
            records();
        } else {
            scanner_.expect_end();
        }
    }

    /// limsym/matrix@1, or a record.
    void object_document() {
        line_ = scanner_.line();
        Json members = Json::object();
        bool has_data = false;
        scanner_.open('{');
        for (bool first = true; !scanner_.closes('}', first); first = false) {
            static_cast<void>(scanner_.peek());
            const std::string place = scanner_.place();
            const std::string key = scanner_.key();
            if (members.contains(key))
                throw base::InputError(place, "the key " + base::quoted(key) + " stands twice in one object");
            if (key == "data" && scanner_.peek() == '[') {
                has_data = true;
                members[key] = nullptr;
                take_names(members);
                scanner_.open('[');
                static_cast<void>(items("/data"));
            } else {
                members[key] = read_value(scanner_);
            }
        }
        const bool more = !scanner_.ended();
        if (!has_data && shape_ == JsonShape::either && (more || !members.contains("schema"))) {
            table_.places = Table::Places::lines;
            object_row(members);
            end_row();
            records();
            return;
        }
        scanner_.expect_end();
        ObjectReader reader(members, table_.file, "");
        reader.schema("limsym/matrix@1");
        if (!has_data) reader.fail("", "the key data is missing; expected rows of numbers");
        check_sizes(reader);
        take_names(members);
        if (collector_.rows() > 0 && table_.names.size() != collector_.columns()) {
            table_.names.clear();
            table_.has_header = false;
        }
    }

    /// The key "columns" gives the names.
    void take_names(const Json& members) {
        const auto columns = members.find("columns");
        if (columns == members.end() || !columns->is_array() || !table_.names.empty()) return;
        for (const Json& name : *columns) {
            if (!name.is_string()) {
                table_.names.clear();
                return;
            }
            table_.names.push_back(name.get<std::string>());
        }
        table_.has_header = true;
        if (collector_.rows() == 0) choose_column(table_.names, true);
    }

    void check_sizes(ObjectReader& reader) const {
        for (const auto& [key, size] :
             {std::pair{"rows", collector_.rows()}, std::pair{"cols", collector_.columns()}}) {
            if (!reader.has(key)) continue;
            const long long stated = reader.integer(key, 0, 0, 1LL << 40);
            const bool free = collector_.rows() == 0 && std::string_view(key) == "cols";
            if (stated != static_cast<long long>(size) && !free)
                reader.fail(key, "is " + std::to_string(stated) + "; the data has " + std::to_string(size));
        }
    }

    /// The items of an array whose bracket was read, up to its end. True when it was the first of many records.
    bool items(const std::string& pointer) {
        table_.places = Table::Places::pointers;
        table_.pointer = pointer;
        const char opening = scanner_.peek();
        if (opening != '[' && opening != '{') return flat_items();
        for (bool first = true; !scanner_.closes(']', first); first = false) {
            if (scanner_.peek() == '{') {
                object_row(read_value(scanner_));
            } else if (scanner_.peek() == '[') {
                array_row();
            } else {
                throw base::InputError(row_place(), "is " + kind_of(read_value(scanner_)) + "; expected a row");
            }
            end_row();
        }
        return false;
    }

    bool flat_items() {
        std::vector<double> numbers;
        if (!scanner_.numbers(numbers))
            throw base::InputError(base::at_pointer(table_.file, table_.pointer + "/" + std::to_string(numbers.size())),
                                   "is " + kind_of(read_value(scanner_)) + "; expected a finite number");
        if (shape_ == JsonShape::either && table_.pointer.empty() && !scanner_.ended()) {
            table_.places = Table::Places::lines;
            collector_.row() = std::move(numbers);
            end_row();
            return true;
        }
        for (const double number : numbers) {
            collector_.row().push_back(number);
            collector_.end_row();
        }
        return false;
    }

    /// Arrays or objects, one after another, to the end.
    void records() {
        table_.places = Table::Places::lines;
        while (!scanner_.ended()) {
            line_ = scanner_.line();
            if (scanner_.peek() == '{') {
                object_row(read_value(scanner_));
            } else {
                array_row();
            }
            end_row();
        }
    }

    // Rows

    void array_row() {
        if (options_.text_columns.empty() && !options_.allow_empty_cells && !options_.allow_other_cells &&
            !options_.only_column) {
            scanner_.open('[');
            if (!scanner_.numbers(collector_.row())) {
                const std::size_t column = collector_.row_size();
                refuse_cell(column, {}, read_value(scanner_));
            }
        } else {
            const Json row = read_value(scanner_);
            if (!row.is_array()) throw base::InputError(row_place(), "is " + kind_of(row) + "; expected an array");
            if (collector_.rows() == 0 && table_.names.empty()) choose_column(numbered_names(row.size()), false);
            std::size_t column = 0;
            for (const Json& value : row)
                cell(value, column++, {});
        }
        if (objects_) throw base::InputError(row_place(), "is an array; expected an object as in the first row");
    }

    /// The first object gives the names.
    void object_row(const Json& members) {
        const auto& object = members.get_ref<const Json::object_t&>();
        if (collector_.rows() == 0) {
            objects_ = true;
            table_.has_header = true;
            table_.names.clear();
            for (const auto& [name, value] : object)
                if (name != "schema") table_.names.push_back(name);
            choose_column(table_.names, true);
        }
        if (!objects_) throw base::InputError(row_place(), "is an object; expected an array as in the first row");
        for (std::size_t c = 0; c < table_.names.size(); ++c) {
            const auto found = members.find(table_.names[c]);
            if (found == members.end())
                throw base::InputError(row_place(),
                                       "has no key " + base::quoted(table_.names[c]) + ", which the first row has");
            cell(*found, c, table_.names[c]);
        }
        for (const auto& [name, value] : object)
            if (name != "schema" && std::find(table_.names.begin(), table_.names.end(), name) == table_.names.end())
                throw base::InputError(row_place(),
                                       "has a key " + base::quoted(name) + ", which the first row has not");
    }

    /// A number, text of a text column, or an absent value. @param name of its key, empty in an array
    void cell(const Json& value, std::size_t column, const std::string& name) {
        if (only_ && column != *only_) {
            collector_.row().push_back(0.0);
        } else if (is_text(column)) {
            if (!value.is_string() && !value.is_number()) refuse_cell(column, name, value);
            table_.text[column].push_back(value.is_string() ? value.get<std::string>() : to_text(value));
            collector_.row().push_back(0.0);
        } else if (value.is_number()) {
            collector_.row().push_back(value.get<double>());
        } else if (options_.allow_other_cells || (value.is_null() && options_.allow_empty_cells)) {
            collector_.row().push_back(std::numeric_limits<double>::quiet_NaN());
        } else {
            refuse_cell(column, name, value);
        }
    }

    void choose_column(const std::vector<std::string>& names, bool has_header) {
        if (options_.only_column && !names.empty()) only_ = options_.only_column(names, has_header);
    }

    bool is_text(std::size_t column) {
        if (options_.text_columns.empty()) return false;
        if (text_.size() <= column)
            text_ =
                text_column_marks(options_, column < table_.names.size() ? table_.names : numbered_names(column + 1));
        return text_[column];
    }

    void end_row() {
        const std::size_t found = collector_.row_size();
        const std::size_t expected = collector_.rows() == 0 ? found : collector_.columns();
        if (found != expected || found == 0)
            throw base::InputError(row_place(), std::to_string(found) + (found == 1 ? " column" : " columns") +
                                                    "; expected " +
                                                    (expected == 0 ? "at least one" : std::to_string(expected)));
        if (table_.places == Table::Places::lines) table_.lines.push_back(static_cast<std::uint32_t>(line_));
        collector_.end_row();
    }

    /// "FILE:LINE" or "FILE:/data/ROW" of the present row.
    [[nodiscard]] std::string row_place() const {
        if (table_.places == Table::Places::lines) return base::at_line(table_.file, line_);
        return base::at_pointer(table_.file, table_.pointer + "/" + std::to_string(collector_.rows()));
    }

    [[noreturn]] void refuse_cell(std::size_t column, const std::string& name, const Json& value) const {
        const std::string message = "is " + kind_of(value) + "; expected a finite number";
        if (table_.places == Table::Places::lines)
            throw base::InputError(row_place(), (name.empty() ? "column " + std::to_string(column + 1) + " "
                                                              : "column " + base::quoted(name) + " ") +
                                                    message);
        throw base::InputError(
            row_place() + "/" + (name.empty() ? std::to_string(column) : base::printable(pointer_step(name))), message);
    }

    JsonScanner scanner_;
    JsonShape shape_;
    const TableOptions& options_;
    Table table_;
    RowCollector collector_;
    std::vector<bool> text_;
    std::optional<std::size_t> only_; // the column that is read; nothing: all
    bool objects_ = false;            // rows are objects
    std::size_t line_ = 1;            // where the present record begins
};

} // namespace

Table read_json_table(TextBuffer& buffer, JsonShape shape, const TableOptions& options) {
    return JsonTableReader(buffer, shape, options).read();
}

} // namespace limsym::data
