#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/csv.hpp"
#include "limsym/data/json.hpp"
#include "limsym/data/text_buffer.hpp"

namespace limsym::tools {

namespace {

struct TableCommand {
    std::vector<std::string> files;
    std::string by = "method";
    std::string columns = "test_mse,orbit_distance";
    std::string to = "csv";
};

std::vector<std::string> split(const std::string& list, const std::string& option) {
    std::vector<std::string> words;
    std::size_t begin = 0;
    while (begin <= list.size()) {
        const std::size_t comma = std::min(list.find(',', begin), list.size());
        words.push_back(list.substr(begin, comma - begin));
        if (words.back().empty()) throw base::InputError(option, base::quoted(list) + " names an empty field");
        begin = comma + 1;
    }
    return words;
}

/// The result object of a file: all of it, or the last line of a log.
data::Json result_of(const std::string& file) {
    data::LineReader reader{base::InputFile(file)};
    std::string_view line;
    std::string last;
    std::string all;
    std::size_t number = 0;
    std::size_t first = 0;
    while (reader.next(line)) {
        all += line;
        all += '\n';
        if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
        if (first == 0) first = reader.line();
        last = line;
        number = reader.line();
    }
    if (last.empty()) throw base::InputError(file, "is empty; expected a result");
    const bool spread =
        last.find('{') == std::string::npos || all.find_first_of('{') == all.find("{\n"); // a document on many lines
    data::Json record = spread ? data::parse_json(all, file) : data::parse_json(last, file, number);
    if (!record.is_object()) throw base::InputError(base::at_line(file, number), "is no object; expected a result");
    if (const auto schema = record.find("schema"); schema != record.end() && *schema == "limsym/progress@1")
        throw base::InputError(base::at_line(file, number),
                               "the log ends with progress; expected a result line, the run was cut off");
    return record;
}

const data::Json* field_of(const data::Json& record, const std::string& path) {
    const data::Json* value = &record;
    std::size_t begin = 0;
    while (begin <= path.size()) {
        const std::size_t slash = std::min(path.find('/', begin), path.size());
        const std::string key = path.substr(begin, slash - begin);
        if (value->is_object()) {
            const auto found = value->find(key);
            if (found == value->end()) return nullptr;
            value = &*found;
        } else if (const auto index = base::parse_integer(key);
                   value->is_array() && index && *index >= 0 && static_cast<std::size_t>(*index) < value->size()) {
            value = &(*value)[static_cast<std::size_t>(*index)];
        } else {
            return nullptr;
        }
        begin = slash + 1;
    }
    return value->is_null() ? nullptr : value;
}

struct Group {
    std::vector<std::string> names;
    std::size_t count = 0;
    std::vector<std::vector<double>> values; ///< by column
};

struct Summary {
    std::optional<double> mean;
    std::optional<double> error;
};

Summary summary_of(const std::vector<double>& values) {
    if (values.empty()) return {};
    const auto n = static_cast<double>(values.size());
    double mean = 0.0;
    for (const double value : values)
        mean += value / n;
    if (values.size() == 1) return {mean, std::nullopt};
    double squares = 0.0;
    for (const double value : values)
        squares += (value - mean) * (value - mean);
    return {mean, std::sqrt(squares / (n - 1.0) / n)};
}

std::vector<Group> read_groups(const TableCommand& options, const std::vector<std::string>& by,
                               const std::vector<std::string>& columns, cli::Context& context) {
    std::vector<Group> groups;
    for (const std::string& file : options.files) {
        const data::Json record = result_of(context.source(file).file);
        std::vector<std::string> names;
        for (const std::string& field : by) {
            const data::Json* value = field_of(record, field);
            names.push_back(value == nullptr     ? ""
                            : value->is_string() ? value->get<std::string>()
                                                 : data::to_text(*value));
        }
        auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.names == names; });
        if (group == groups.end())
            group = groups.insert(groups.end(), {names, 0, std::vector<std::vector<double>>(columns.size())});
        ++group->count;
        for (std::size_t c = 0; c < columns.size(); ++c) {
            const data::Json* value = field_of(record, columns[c]);
            if (value == nullptr) continue;
            if (!value->is_number())
                throw base::InputError(base::at_pointer(file, "/" + columns[c]),
                                       "is not a number; expected a number or null");
            group->values[c].push_back(value->get<double>());
        }
    }
    return groups;
}

/// Header and cells as texts.
std::vector<std::vector<std::string>> cells_of(const std::vector<Group>& groups, const std::vector<std::string>& by,
                                               const std::vector<std::string>& columns) {
    std::vector<std::vector<std::string>> rows(1, by);
    rows[0].emplace_back("n");
    for (const std::string& column : columns) {
        rows[0].push_back(column + "_mean");
        rows[0].push_back(column + "_se");
    }
    for (const Group& group : groups) {
        std::vector<std::string>& row = rows.emplace_back(group.names);
        row.push_back(std::to_string(group.count));
        for (const std::vector<double>& values : group.values) {
            const Summary summary = summary_of(values);
            row.push_back(summary.mean ? base::number_text(*summary.mean) : "");
            row.push_back(summary.error ? base::number_text(*summary.error) : "");
        }
    }
    return rows;
}

std::string joined(const std::vector<std::string>& row, const std::string& before, const std::string& between,
                   const std::string& after) {
    std::string text = before;
    for (std::size_t k = 0; k < row.size(); ++k)
        text += (k > 0 ? between : "") + row[k];
    return text + after + "\n";
}

std::string as_text(const std::vector<std::vector<std::string>>& rows, const std::string& form) {
    std::string text;
    if (form == "csv") {
        for (const auto& row : rows) {
            std::string line;
            for (std::size_t k = 0; k < row.size(); ++k) {
                if (k > 0) line += ',';
                if (!row[k].empty()) data::append_csv_cell(line, row[k]);
            }
            text += line + "\n";
        }
    } else if (form == "md") {
        text += joined(rows[0], "| ", " | ", " |");
        text += joined(std::vector<std::string>(rows[0].size(), "---"), "| ", " | ", " |");
        for (std::size_t k = 1; k < rows.size(); ++k)
            text += joined(rows[k], "| ", " | ", " |");
    } else {
        text += "\\begin{tabular}{" + std::string(rows[0].size(), 'l') + "}\n";
        for (std::vector<std::string> row : rows) {
            for (std::string& cell : row)
                for (std::size_t at = cell.find('_'); at != std::string::npos; at = cell.find('_', at + 2))
                    cell.insert(at, "\\");
            text += joined(row, "", " & ", " \\\\");
        }
        text += "\\end{tabular}\n";
    }
    return text;
}

int run(const TableCommand& options, cli::Context& context) {
    const std::vector<std::string> by = split(options.by, "--by");
    const std::vector<std::string> columns = split(options.columns, "--columns");
    const std::vector<Group> groups = read_groups(options, by, columns, context);
    if (options.to != "json") {
        context.out()(as_text(cells_of(groups, by, columns), options.to));
        return 0;
    }
    data::Json record = context.head("limsym/result-table@1");
    record["rows"] = data::Json::array();
    for (const Group& group : groups) {
        data::Json row;
        for (std::size_t k = 0; k < by.size(); ++k)
            row[by[k]] = group.names[k];
        row["n"] = group.count;
        for (std::size_t c = 0; c < columns.size(); ++c) {
            const Summary summary = summary_of(group.values[c]);
            row[columns[c] + "_mean"] = summary.mean ? data::Json(*summary.mean) : data::Json();
            row[columns[c] + "_se"] = summary.error ? data::Json(*summary.error) : data::Json();
        }
        record["rows"].push_back(row);
    }
    context.write(record);
    return 0;
}

} // namespace

cli::Command table_command() {
    const auto options = std::make_shared<TableCommand>();
    cli::Command command("table", "means and standard errors over result files");
    command.describe(
        "Each FILE is a result object, or a log whose last line is one. Files with equal --by fields are one row, "
        "rows in the order of first appearance. Fields of fields are written A/B. Missing values do not count.");
    command.example("orbit-symm table --by rep_in --columns mean_rel,max_rel e*.json --to md",
                    "equivariance errors of several runs");
    command.operands(options->files, 1, 1'000'000, "FILE...", "results or logs");
    command.text(options->by, "--by", "FIELD[,FIELD]", "fields that tell rows apart");
    command.text(options->columns, "--columns", "FIELD[,FIELD]", "numbers to average");
    command.choice(options->to, "--to", {"csv", "md", "tex", "json"}, "form of the table");
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
