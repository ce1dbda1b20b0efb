#include "limsym/satnet/assignment.hpp"

#include <algorithm>
#include <armadillo>
#include <cmath>
#include <limits>

#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/json_tree.hpp"
#include "limsym/data/npy.hpp"
#include "limsym/data/text_buffer.hpp"

namespace limsym::satnet {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> fields_of(std::string_view line) {
    std::vector<std::string_view> fields;
    for (;;) {
        const std::size_t comma = line.find(',');
        fields.push_back(trimmed(line.substr(0, comma)));
        if (comma == std::string_view::npos) return fields;
        line.remove_prefix(comma + 1);
    }
}

std::string name_of(bool is_answer, std::size_t variable) {
    return std::string(is_answer ? "y" : "x") + "[" + std::to_string(variable) + "]";
}

void check_value(double value, bool is_answer, std::size_t variable, const std::string& place) {
    if (std::isnan(value)) return;
    if (is_answer ? value != 0.0 && value != 1.0 : !(value >= 0.0 && value <= 1.0))
        throw base::InputError(place, name_of(is_answer, variable) + " is " + base::number_text(value) + "; expected " +
                                          (is_answer ? "0, 1 or null" : "a number in [0, 1] or null"));
}

void check_length(std::size_t found, std::size_t wanted, bool is_answer, const std::string& place) {
    if (wanted != 0 && found != wanted)
        throw base::InputError(place, std::string(is_answer ? "y" : "x") + " has " + std::to_string(found) +
                                          " values; expected " + std::to_string(wanted));
}

std::vector<double> read_values(const data::Json& array, bool is_answer, const std::string& place) {
    if (!array.is_array())
        throw base::InputError(place, std::string(is_answer ? "y" : "x") + " is " + data::kind_of(array) +
                                          "; expected an array");
    std::vector<double> values;
    values.reserve(array.size());
    for (const data::Json& item : array) {
        if (item.is_null()) {
            values.push_back(unknown);
            continue;
        }
        if (!item.is_number())
            throw base::InputError(place, name_of(is_answer, values.size()) + " is " + data::kind_of(item) +
                                              "; expected a number or null");
        values.push_back(item.get<double>());
    }
    return values;
}

enum class Form { records, csv, board_lines, matrix };

// Numbers of a CSV line; an empty cell is NaN. Nothing when a cell is no number (a header, or an error).
struct CsvLine {
    std::vector<double> numbers;
    std::size_t bad_column = 0; ///< from 1; 0: none
    std::string bad_text;
};
CsvLine read_csv_line(std::string_view line) {
    CsvLine result;
    for (const std::string_view field : fields_of(line)) {
        if (field.empty()) {
            result.numbers.push_back(unknown);
            continue;
        }
        const std::optional<double> number = base::parse_number(field);
        if (!number && result.bad_column == 0) {
            result.bad_column = result.numbers.size() + 1;
            result.bad_text = base::quoted(field);
        }
        result.numbers.push_back(number.value_or(unknown));
    }
    return result;
}

arma::mat read_array(base::InputFile& file, const data::Source& source, const char* dataset,
                     std::optional<arma::mat>* labels) {
    const std::optional<data::Format> named = source.format ? source.format : data::format_of_name(source.file);
    const data::Format format = named ? *named : data::format_of_content(file.peek());
    if (format == data::Format::npy) return data::read_npy(file, {.allow_nan = true, .flatten = true});
    const data::Hdf5Reader reader(file);
    if (!source.dataset.empty()) return reader.matrix(source.dataset, true);
    if (labels != nullptr && reader.has("/labels")) *labels = reader.matrix("labels", true);
    return reader.matrix(reader.has(std::string("/") + dataset) ? dataset : reader.only_matrix(), true);
}

bool is_pickled(std::string_view first) {
    return first.starts_with("PK\x03\x04") || first.starts_with("\x80\x02") || first.starts_with("\x80\x03") ||
           first.starts_with("\x80\x04");
}

} // namespace

struct AssignmentReader::State {
    AssignmentOptions options;
    std::size_t n = 0;
    Form form = Form::records;
    std::optional<data::LineReader> lines;
    bool header_checked = false;
    arma::mat array, labels; // rows are records
    bool has_labels = false;
    std::size_t records = 0;

    explicit State(const AssignmentOptions& given) : options(given) {
        n = options.problem ? options.problem->variables() : options.variables.value_or(0);
        base::InputFile file(options.source.file);
        const std::string_view first = file.peek();
        if (is_pickled(first))
            throw base::InputError(options.source.file,
                                   "is a pickled PyTorch file, which is not read; save the arrays with "
                                   "numpy.save and give the .npy files");
        form = choose_form(first);
        if (form == Form::matrix) {
            std::optional<arma::mat> answers;
            array = read_array(file, options.source, "features", &answers);
            if (answers) set_labels(std::move(*answers));
        } else {
            lines.emplace(std::move(file));
        }
        if (options.labels) read_labels();
        if (form == Form::matrix && n == 0) n = columns_of_x(array.n_cols);
    }

    [[nodiscard]] std::size_t columns_of_x(std::size_t columns) const {
        return !has_labels && options.pairs && columns % 2 == 0 ? columns / 2 : columns;
    }

    [[nodiscard]] Form choose_form(std::string_view first) const {
        const std::optional<data::Format> named =
            options.source.format ? options.source.format : data::format_of_name(options.source.file);
        if (named == data::Format::npy || named == data::Format::h5) return Form::matrix;
        if (options.lines) return Form::board_lines;
        if (options.source.format == data::Format::csv) return Form::csv;
        std::size_t at = 0;
        while (at < first.size() && (first[at] == ' ' || first[at] == '\n' || first[at] == '\r' || first[at] == '\t'))
            ++at;
        if (at == first.size()) return named == data::Format::csv ? Form::csv : Form::records;
        if (first[at] == '{') return Form::records;
        if (!named) {
            const data::Format found = data::format_of_content(first);
            if (found == data::Format::npy || found == data::Format::h5) return Form::matrix;
        }
        if (options.problem && options.problem->has_text()) {
            const std::string_view line = first.substr(at, first.substr(at).find_first_of("\r\n"));
            if (fields_of(line).size() <= 3) return Form::board_lines;
        }
        return named == data::Format::json || named == data::Format::ndjson ? Form::records : Form::csv;
    }

    void set_labels(arma::mat values) {
        labels = std::move(values);
        has_labels = true;
    }

    void read_labels() {
        const data::Source& source = *options.labels;
        base::InputFile file(source.file);
        const std::optional<data::Format> named = source.format ? source.format : data::format_of_name(source.file);
        const data::Format format = named ? *named : data::format_of_content(file.peek());
        if (format == data::Format::npy || format == data::Format::h5) {
            set_labels(read_array(file, source, "labels", nullptr));
            return;
        }
        data::LineReader reader(std::move(file));
        std::vector<std::vector<double>> rows;
        std::string_view line;
        while (reader.next(line)) {
            if (trimmed(line).empty()) continue;
            CsvLine read = read_csv_line(line);
            const std::string where = base::at_line(source.file, reader.line());
            if (read.bad_column != 0) {
                if (rows.empty()) continue;
                throw base::InputError(where, "column " + std::to_string(read.bad_column) + " is '" + read.bad_text +
                                                  "'; expected 0, 1 or an empty cell");
            }
            if (!rows.empty()) check_length(read.numbers.size(), rows.front().size(), true, where);
            for (std::size_t i = 0; i < read.numbers.size(); ++i)
                check_value(read.numbers[i], true, i, where);
            rows.push_back(std::move(read.numbers));
        }
        arma::mat values(rows.size(), rows.empty() ? 0 : rows.front().size());
        for (std::size_t r = 0; r < rows.size(); ++r)
            for (std::size_t c = 0; c < rows[r].size(); ++c)
                values(r, c) = rows[r][c];
        set_labels(std::move(values));
    }

    [[nodiscard]] std::string place() const {
        if (form == Form::matrix) return options.source.file + ": row " + std::to_string(records);
        return base::at_line(options.source.file, lines->line());
    }

    bool next(Assignment& record) {
        record = Assignment{};
        std::string_view line;
        if (form == Form::matrix) {
            if (records == array.n_rows) return ended();
            std::vector<double> row(array.n_cols);
            for (std::size_t c = 0; c < row.size(); ++c)
                row[c] = array(records, c);
            ++records;
            take_row(row, record);
        } else {
            for (;;) {
                if (!lines->next(line)) return ended();
                if (trimmed(line).empty()) continue;
                if (form == Form::records) {
                    read_record(line, record);
                    break;
                }
                if (form == Form::csv ? read_csv(line, record) : read_line(line, record)) break;
            }
            ++records;
        }
        if (has_labels) {
            if (records > labels.n_rows)
                throw base::InputError(options.labels ? options.labels->file : options.source.file,
                                       std::to_string(labels.n_rows) +
                                           " rows of answers; expected one for every record");
            record.y.resize(labels.n_cols);
            for (std::size_t c = 0; c < record.y.size(); ++c)
                record.y[c] = labels(records - 1, c);
        }
        finish(record);
        return true;
    }

    [[nodiscard]] bool ended() const {
        if (has_labels && options.labels && labels.n_rows > records)
            throw base::InputError(options.labels->file, std::to_string(labels.n_rows) + " rows; expected " +
                                                             std::to_string(records) + ", one for every record");
        return false;
    }

    void read_record(std::string_view line, Assignment& record) {
        const std::string where = place();
        const data::Json document = data::parse_json(line, options.source.file, lines->line());
        if (!document.is_object())
            throw base::InputError(where, data::kind_of(document) + "; expected an object with the key x");
        if (const auto schema = document.find("schema");
            schema != document.end() && *schema != "limsym/assignment@1" && *schema != "limsym/completion@1")
            throw base::InputError(where, "schema is " + base::quoted(data::to_text(*schema)) +
                                              "; expected limsym/assignment@1");
        const auto x = document.find("x");
        if (x == document.end()) throw base::InputError(where, "the key x is missing");
        record.x = read_values(*x, false, where);
        if (const auto y = document.find("y"); y != document.end() && !y->is_null())
            record.y = read_values(*y, true, where);
        if (const auto id = document.find("id"); id != document.end()) {
            if (!id->is_string() && !id->is_number())
                throw base::InputError(where, "id is " + data::kind_of(*id) + "; expected a string or a number");
            record.id = *id;
        }
        if (options.keep_documents) record.document = document;
    }

    void take_row(const std::vector<double>& row, Assignment& record) {
        if (n == 0) n = columns_of_x(row.size());
        const bool both = !has_labels && row.size() == 2 * n;
        if (!both) check_length(row.size(), n, false, place());
        record.x.assign(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(n));
        if (both) record.y.assign(row.begin() + static_cast<std::ptrdiff_t>(n), row.end());
    }

    // False for a header
    bool read_csv(std::string_view line, Assignment& record) {
        const CsvLine read = read_csv_line(line);
        if (read.bad_column != 0) {
            if (records == 0 && !header_checked && !base::spells_non_finite(read.bad_text)) {
                header_checked = true;
                return false;
            }
            throw base::InputError(place(), "column " + std::to_string(read.bad_column) + " is '" + read.bad_text +
                                                "'; expected a number in [0, 1] or an empty cell");
        }
        take_row(read.numbers, record);
        return true;
    }

    bool read_line(std::string_view line, Assignment& record) {
        if (!options.problem || !options.problem->has_text())
            throw base::InputError("--from",
                                   "line needs a problem with a text form; expected --problem sudoku, latin:N or cube");
        if (trimmed(line).starts_with('{')) {
            read_record(line, record);
            return true;
        }
        std::vector<std::string_view> fields = fields_of(line);
        while (fields.size() > 1 && fields.back().empty())
            fields.pop_back();
        const std::size_t cells = options.problem->cells.size();
        if (records == 0 && !header_checked && fields.front().size() != cells &&
            std::isalpha(static_cast<unsigned char>(line.front())) != 0) {
            header_checked = true;
            return false;
        }
        if (fields.size() > 2)
            throw base::InputError(place(), std::to_string(fields.size()) +
                                                " boards; expected one, or a puzzle and its solution");
        record.x = read_board(*options.problem, fields.front(), place(), options.facelets);
        if (fields.size() == 2) record.y = read_board(*options.problem, fields.back(), place(), options.facelets);
        return true;
    }

    void finish(Assignment& record) {
        const std::string where = place();
        check_length(record.x.size(), n, false, where);
        if (n == 0) n = record.x.size();
        if (record.x.empty()) throw base::InputError(where, "x has no values");
        if (!record.y.empty()) check_length(record.y.size(), n, true, where);
        for (std::size_t i = 0; i < record.x.size(); ++i)
            check_value(record.x[i], false, i, where);
        for (std::size_t i = 0; i < record.y.size(); ++i)
            check_value(record.y[i], true, i, where);
        if (record.id.is_null()) record.id = records - 1;
        std::size_t begin = 0;
        const std::vector<std::size_t>& cells = options.problem ? options.problem->cells : options.cells;
        std::size_t cell = 0;
        for (const std::size_t size : cells) {
            ++cell;
            if (size > 1) check_cell(record, begin, size, cell, where);
            begin += size;
        }
    }

    void check_cell(Assignment& record, std::size_t begin, std::size_t size, std::size_t cell,
                    const std::string& where) const {
        const auto first = record.x.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto last = first + static_cast<std::ptrdiff_t>(size);
        if (std::count(first, last, 1.0) > 1)
            throw base::InputError(where,
                                   "cell " + std::to_string(cell) + " of x has more than one 1; expected at most one");
        if (options.zero_unknown && std::count(first, last, 0.0) == static_cast<std::ptrdiff_t>(size))
            std::fill(first, last, unknown);
    }
};

AssignmentReader::AssignmentReader(const AssignmentOptions& options) : state_(std::make_unique<State>(options)) {}
AssignmentReader::AssignmentReader(AssignmentReader&&) noexcept = default;
AssignmentReader::~AssignmentReader() = default;

bool AssignmentReader::next(Assignment& record) {
    return state_->next(record);
}
bool AssignmentReader::ready() const {
    return state_->form == Form::matrix || state_->lines->ready();
}
std::string AssignmentReader::place() const {
    return state_->place();
}
std::size_t AssignmentReader::variables() const {
    return state_->n;
}

std::vector<Assignment> read_assignments(const AssignmentOptions& options) {
    AssignmentReader reader(options);
    std::vector<Assignment> records;
    Assignment record;
    while (reader.next(record))
        records.push_back(std::move(record));
    if (records.empty()) throw base::InputError(options.source.file, "has no records");
    return records;
}

std::size_t contradictions(const Assignment& record) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < record.y.size(); ++i)
        if ((record.x[i] == 0.0 && record.y[i] == 1.0) || (record.x[i] == 1.0 && record.y[i] == 0.0)) ++count;
    return count;
}

std::string assignments_sha256(const std::vector<Assignment>& records) {
    base::Sha256 hash;
    for (const Assignment& record : records) {
        const std::string head = data::to_text(record.id) + " " + std::to_string(record.x.size()) + " " +
                                 std::to_string(record.y.size()) + "\n";
        hash.update(head);
        for (const std::vector<double>* const values : {&record.x, &record.y})
            for (const double value : *values) {
                const double number = std::isnan(value) ? -1.0 : value + 0.0;
                hash.update(&number, sizeof number);
            }
    }
    return hash.hex();
}

} // namespace limsym::satnet
