#include "limsym/data/csv.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/number_rows.hpp"
#include "limsym/data/number_writer.hpp"
#include "limsym/data/table_readers.hpp"

namespace limsym::data {

namespace {

struct Cell {
    std::string text;
    bool quoted = false;
};

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

/// True for text that is a number but for its size: 1e999.
bool is_beyond_range(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
    if (digits.empty() || (digits.front() != '.' && (digits.front() < '0' || digits.front() > '9'))) return false;
    if (base::parse_number(text)) return false; // as small as 1e-999 is 0
    double ignored = 0.0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), ignored);
    return end == text.data() + text.size() && status == std::errc::result_out_of_range;
}

class CsvReader {
public:
    CsvReader(TextBuffer& buffer, const TableOptions& options) : buffer_(buffer), options_(options) {}

    Table read() {
        Table table;
        table.file = buffer_.name();
        std::string_view record;
        while (next_record(record)) {
            if (trimmed(record).empty()) continue;
            if (!started_) {
                start(record, table);
            } else {
                read_row(record, table);
            }
        }
        if (collector_.rows() == 0) {
            if (!options_.allow_no_rows)
                throw base::InputError(table.file, started_ ? "has a header but no rows; expected at least one"
                                                            : "is empty; expected at least one row");
            table.values.set_size(0, table.names.size());
        } else {
            table.values = collector_.take();
        }
        return table;
    }

private:
    /// The next record without its line end: one line, or more when a quoted cell holds line feeds.
    bool next_record(std::string_view& record) {
        line_ += further_lines_ + 1;
        further_lines_ = 0;
        std::size_t size = 0; // bytes of the record so far
        bool in_quotes = false;
        for (;;) {
            const auto window = static_cast<std::size_t>(buffer_.end() - buffer_.at());
            const auto* feed = static_cast<const char*>(std::memchr(buffer_.at() + size, '\n', window - size));
            if (feed == nullptr && (window <= longest_line) && buffer_.refill()) continue;
            const char* stop = feed != nullptr ? feed : buffer_.end();
            const std::string_view line(buffer_.at() + size, static_cast<std::size_t>(stop - buffer_.at()) - size);
            if (size + line.size() > longest_line) fail("the line is longer than 64 MiB");
            if (in_quotes || line.find('"') != std::string_view::npos) in_quotes = ends_in_quotes(line, in_quotes);
            if (in_quotes && feed == nullptr) fail("a quoted cell has no end");
            if (in_quotes) {
                size += line.size() + 1;
                ++further_lines_;
                continue;
            }
            if (feed == nullptr && window == 0) return false;
            record = {buffer_.at(), static_cast<std::size_t>(stop - buffer_.at())};
            buffer_.consume(feed != nullptr ? feed + 1 : stop);
            if (record.ends_with('\r')) record.remove_suffix(1);
            return true;
        }
    }

    static bool ends_in_quotes(std::string_view line, bool in_quotes) {
        bool at_cell_start = !in_quotes;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const char c = line[i];
            if (in_quotes) {
                if (c != '"') continue;
                if (i + 1 < line.size() && line[i + 1] == '"') {
                    ++i;
                } else {
                    in_quotes = false;
                }
            } else if (c == ',') {
                at_cell_start = true;
            } else if (c == '"' && at_cell_start) {
                in_quotes = true;
                at_cell_start = false;
            } else if (!is_blank(c)) {
                at_cell_start = false;
            }
        }
        return in_quotes;
    }

    std::vector<Cell> split(std::string_view record) const {
        if (record.find('\0') != std::string_view::npos) fail("holds a NUL byte; expected text");
        std::vector<Cell> cells;
        for (;;) {
            while (!record.empty() && is_blank(record.front()))
                record.remove_prefix(1);
            Cell cell;
            if (record.starts_with('"')) {
                cell.quoted = true;
                std::size_t i = 1;
                for (; record[i] != '"' || (i + 1 < record.size() && record[i + 1] == '"'); ++i) {
                    cell.text += record[i];
                    if (record[i] == '"') ++i;
                }
                record.remove_prefix(i + 1);
            }
            const std::size_t comma = std::min(record.find(','), record.size());
            const std::string_view rest = trimmed(record.substr(0, comma));
            if (!cell.quoted) {
                cell.text = rest;
            } else if (!rest.empty()) {
                fail("column " + std::to_string(cells.size() + 1) + " has " + base::quoted(rest) +
                     " after its closing quote");
            }
            cells.push_back(std::move(cell));
            if (comma == record.size()) return cells;
            record.remove_prefix(comma + 1);
        }
    }

    /// The first record: a header, or the first row.
    void start(std::string_view record, Table& table) {
        started_ = true;
        const std::vector<Cell> cells = split(record);
        table.names = numbered_names(cells.size());
        if (options_.only_column) {
            start_with_one_column(cells, table);
            if (!table.has_header) read_row(record, table);
            return;
        }
        // Columns called by number may hold text from the first row on, if another column tells whether it is a header.
        text_ = text_column_marks(options_, table.names);
        if (std::find(text_.begin(), text_.end(), false) == text_.end()) text_.assign(cells.size(), false);
        for (std::size_t c = 0; c < cells.size(); ++c) {
            const std::string& cell = cells[c].text;
            if (base::spells_non_finite(cell) || is_beyond_range(cell)) fail_cell(c, cell);
            table.has_header |= !text_[c] && !cell.empty() && !base::parse_number(cell);
        }
        if (table.has_header)
            for (std::size_t c = 0; c < cells.size(); ++c)
                if (!cells[c].text.empty()) table.names[c] = cells[c].text;
        text_ = text_column_marks(options_, table.names);
        for (std::size_t c = 0; c < cells.size(); ++c)
            if (text_[c]) table.text[c] = {};
        if (!table.has_header) read_row(record, table);
    }

    /// A text anywhere makes a header, unless the column that is read begins with a number.
    void start_with_one_column(const std::vector<Cell>& cells, Table& table) {
        std::vector<std::string> names = table.names;
        bool has_text = false;
        for (std::size_t c = 0; c < cells.size(); ++c) {
            has_text |= !cells[c].text.empty() && !base::parse_number(cells[c].text);
            if (!cells[c].text.empty()) names[c] = cells[c].text;
        }
        const auto is_number = [&](std::size_t c) { return base::parse_number(cells[c].text).has_value(); };
        std::size_t chosen = options_.only_column(has_text ? names : table.names, has_text);
        table.has_header = has_text;
        if (has_text && is_number(chosen)) {
            const std::size_t without_header = options_.only_column(table.names, false);
            table.has_header = !is_number(without_header);
            if (!table.has_header) chosen = without_header;
        }
        const std::string& cell = cells[chosen].text;
        if (base::spells_non_finite(cell) || is_beyond_range(cell)) fail_cell(chosen, cell);
        if (table.has_header) table.names = std::move(names);
        ignored_.assign(cells.size(), true);
        ignored_[chosen] = false;
        text_.assign(cells.size(), false);
    }

    void read_row(std::string_view record, Table& table) {
        std::vector<double>& row = collector_.row();
        const std::size_t before = row.size();
        if (!table.text.empty() || !read_numbers(record, row)) {
            row.resize(before);
            read_cells(record, row, table);
        }
        if (collector_.row_size() != table.names.size()) fail_width(collector_.row_size(), table.names.size());
        table.lines.push_back(static_cast<std::uint32_t>(line_));
        collector_.end_row();
    }

    /// Numbers and commas alone; false leaves it to read_cells to say what is there.
    static bool read_numbers(std::string_view record, std::vector<double>& row) {
        const char* p = record.data();
        const char* const end = p + record.size();
        for (;;) {
            while (p != end && is_blank(*p))
                ++p;
            const char* digits = p != end && *p == '-' ? p + 1 : p;
            if (digits == end || (*digits != '.' && (*digits < '0' || *digits > '9'))) return false;
            double value = 0.0;
            const auto [stop, status] = std::from_chars(p, end, value);
            if (status != std::errc{}) return false;
            row.push_back(value);
            p = stop;
            while (p != end && is_blank(*p))
                ++p;
            if (p == end) return true;
            if (*p++ != ',') return false;
        }
    }

    void read_cells(std::string_view record, std::vector<double>& row, Table& table) const {
        std::vector<Cell> cells = split(record);
        if (cells.size() != table.names.size()) fail_width(cells.size(), table.names.size());
        for (std::size_t c = 0; c < cells.size(); ++c) {
            std::string& cell = cells[c].text;
            if (!ignored_.empty() && ignored_[c]) {
                row.push_back(0.0);
            } else if (text_[c]) {
                table.text[c].push_back(std::move(cell));
                row.push_back(0.0);
            } else if (const std::optional<double> value = base::parse_number(cell)) {
                row.push_back(*value);
            } else if (options_.allow_other_cells || (cell.empty() && options_.allow_empty_cells)) {
                row.push_back(std::numeric_limits<double>::quiet_NaN());
            } else {
                fail_cell(c, cell);
            }
        }
    }

    [[noreturn]] void fail(std::string_view message) const {
        throw base::InputError(base::at_line(buffer_.name(), line_), message);
    }
    [[noreturn]] void fail_cell(std::size_t column, const std::string& cell) const {
        fail("column " + std::to_string(column + 1) + " is " + (cell.empty() ? "empty" : base::quoted(cell)) +
             "; expected a finite number");
    }
    [[noreturn]] void fail_width(std::size_t found, std::size_t expected) const {
        fail(std::to_string(found) + (found == 1 ? " column" : " columns") + "; expected " + std::to_string(expected));
    }

    TextBuffer& buffer_;
    const TableOptions& options_;
    RowCollector collector_;
    std::vector<bool> text_;
    std::vector<bool> ignored_; // all but the only column that is read; empty: none
    bool started_ = false;
    std::size_t line_ = 0;          // of the first byte of the present record
    std::size_t further_lines_ = 0; // line feeds inside the present record
};

void write_rows(std::string& text, const base::ByteSink& sink, const arma::mat& values, RowWriter::NonFinite rule) {
    RowWriter writer(text, sink);
    for (arma::uword r = 0; r < values.n_rows; ++r) {
        writer.row(values, r, values.n_cols, rule);
        text += '\n';
    }
    sink(text);
}

} // namespace

Table read_csv_table(TextBuffer& buffer, const TableOptions& options) {
    return CsvReader(buffer, options).read();
}

void write_csv_rows(const base::ByteSink& sink, const arma::mat& values) {
    std::string text;
    write_rows(text, sink, values, RowWriter::NonFinite::refuse);
}

void append_csv_cell(std::string& line, std::string_view text) {
    if (text.find_first_of(",\"\n\r") == std::string_view::npos && trimmed(text) == text) {
        line += text;
        return;
    }
    line += '"';
    for (const char c : text) {
        if (c == '"') line += '"';
        line += c;
    }
    line += '"';
}

void write_csv(const base::ByteSink& sink, const std::vector<std::string>& names, const arma::mat& values) {
    std::string text;
    for (std::size_t c = 0; c < names.size(); ++c) {
        if (c > 0) text += ',';
        append_csv_cell(text, names[c]);
    }
    text += '\n';
    write_rows(text, sink, values, RowWriter::NonFinite::empty);
}

} // namespace limsym::data
