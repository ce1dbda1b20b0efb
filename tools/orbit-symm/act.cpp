#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "group_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/data/csv.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/symmetry/element_file.hpp"
#include "row_options.hpp"

namespace limsym::tools {

namespace {

struct ActCommand {
    GroupOption group;
    std::optional<std::string> rep;
    bool inverse = false;
    std::optional<std::string> elements;
    bool random = false;
    MeasureOptions measure;
    bool pairs = false;
    RowOptions rows;
};

/// Which row and which element make each line of the result.
struct Line {
    std::size_t row;
    std::size_t element;
};

std::vector<Line> lines_of(const ActCommand& options, std::size_t rows, std::size_t elements,
                           const std::string& place) {
    std::vector<Line> lines;
    if (options.pairs) {
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t k = 0; k < elements; ++k)
                lines.push_back({i, k});
        return lines;
    }
    if (elements != 1 && elements != rows)
        throw base::InputError("--elements", std::to_string(elements) + " elements for " + std::to_string(rows) +
                                                 " rows of " + place + "; expected one, one a row, or --pairs");
    for (std::size_t i = 0; i < rows; ++i)
        lines.push_back({i, elements == 1 ? 0 : i});
    return lines;
}

/// The columns of the result are those of the input; moved holds the features of each line.
class Writer {
public:
    Writer(const Rows& rows, cli::Context& context)
        : rows_(rows), table_(rows.input.table), context_(context), feature_(table_.names.size(), npos) {
        for (std::size_t k = 0; k < rows.features.size(); ++k)
            feature_[rows.features[k]] = k;
    }

    void write(const std::vector<Line>& lines, const arma::mat& moved) {
        switch (rows_.input.format) {
        case data::Format::csv:
            return write_csv(lines, moved);
        case data::Format::ndjson:
            return write_ndjson(lines, moved);
        case data::Format::npy:
            return data::write_matrix(context_.out(), data::Format::npy, whole(lines, moved));
        default:
            return write_json(lines, moved);
        }
    }

private:
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    [[nodiscard]] double value(const Line& line, const arma::mat& moved, std::size_t at, std::size_t column) const {
        return feature_[column] == npos ? table_.values(line.row, column) : moved(feature_[column], at);
    }
    [[nodiscard]] arma::mat whole(const std::vector<Line>& lines, const arma::mat& moved) const {
        arma::mat all(lines.size(), feature_.size(), arma::fill::none);
        for (std::size_t c = 0; c < feature_.size(); ++c)
            for (std::size_t at = 0; at < lines.size(); ++at)
                all(at, c) = value(lines[at], moved, at, c);
        return all;
    }
    void write_csv(const std::vector<Line>& lines, const arma::mat& moved) {
        std::string text;
        if (table_.has_header) {
            for (std::size_t c = 0; c < table_.names.size(); ++c) {
                if (c > 0) text += ',';
                data::append_csv_cell(text, table_.names[c]);
            }
            text += '\n';
        }
        for (std::size_t at = 0; at < lines.size(); ++at) {
            for (std::size_t c = 0; c < feature_.size(); ++c) {
                if (c > 0) text += ',';
                if (const auto cells = table_.text.find(c); cells != table_.text.end()) {
                    data::append_csv_cell(text, cells->second[lines[at].row]);
                } else {
                    base::append_number(text, value(lines[at], moved, at, c));
                }
            }
            text += '\n';
        }
        context_.out()(text);
    }
    void write_ndjson(const std::vector<Line>& lines, const arma::mat& moved) {
        for (std::size_t at = 0; at < lines.size(); ++at) {
            data::Json record = table_.has_header ? data::Json::object() : data::Json::array();
            for (std::size_t c = 0; c < feature_.size(); ++c) {
                if (table_.has_header) {
                    record[table_.names[c]] = value(lines[at], moved, at, c);
                } else {
                    record.push_back(value(lines[at], moved, at, c));
                }
            }
            context_.write(record);
        }
    }
    void write_json(const std::vector<Line>& lines, const arma::mat& moved) {
        const arma::mat all = whole(lines, moved);
        data::JsonWriter writer(context_.out());
        writer.begin_object().member("schema", "limsym/matrix@1").member("rows", all.n_rows).member("cols", all.n_cols);
        if (table_.has_header) writer.member("columns", table_.names);
        writer.key("data").rows(all).end_object().finish();
    }

    const Rows& rows_;
    const data::Table& table_;
    cli::Context& context_;
    std::vector<std::size_t> feature_; // by column
};

std::vector<symmetry::RepElement> elements_of(const ActCommand& options, const symmetry::LinearAction& group,
                                              std::size_t rows, cli::Context& context) {
    std::vector<symmetry::Element> elements;
    if (options.elements) {
        data::Source source = context.source(*options.elements);
        source.format.reset(); // --from is about the rows
        elements = symmetry::read_elements(source, group);
    } else {
        const symmetry::ElementSampler sampler = make_sampler(options.measure, group);
        for (std::size_t i = 0; i < rows; ++i) {
            base::RandomStream stream(context.seed(), "act", i);
            elements.push_back(sampler.draw(stream));
        }
    }
    std::vector<symmetry::RepElement> result;
    for (const symmetry::Element& g : elements)
        result.emplace_back(options.inverse ? symmetry::inverse_element(g) : g);
    return result;
}

int run(const ActCommand& options, cli::Context& context) {
    if (options.elements.has_value() == options.random)
        throw base::InputError("--elements", options.random ? "is given beside --random; expected one of them"
                                                            : "is missing; expected a file of elements, or --random");
    if (options.random && options.pairs) throw base::InputError("--pairs", "needs --elements");
    if (options.elements && *options.elements == "-" &&
        (options.rows.files.empty() || options.rows.files.front() == "-"))
        throw base::InputError("standard input (stdin) is named twice; expected at most one input from \"-\"");
    const symmetry::LinearAction group = read_group(options.group, context);
    const symmetry::Representation rep = read_representation(options.rep, group, "--rep");
    const Rows rows = read_rows(options.rows, rep.size(), "--rep " + *options.rep, context);
    const std::vector<symmetry::RepElement> elements = elements_of(options, group, rows.x.n_cols, context);
    const std::vector<Line> lines = lines_of(options, rows.x.n_cols, elements.size(), rows.place);
    arma::mat moved(rep.size(), lines.size(), arma::fill::none);
    constexpr std::size_t piece = 256;
    base::parallel_for((lines.size() + piece - 1) / piece, [&](std::size_t p) {
        arma::mat one;
        for (std::size_t at = p * piece; at < std::min(lines.size(), (p + 1) * piece); ++at) {
            one = rows.x.col(lines[at].row);
            symmetry::apply(rep, elements[lines[at].element], one);
            moved.col(at) = one;
        }
    });
    if (!moved.is_finite())
        throw base::WorkError("a moved input is not finite; the elements or the numbers are too large");
    Writer(rows, context).write(lines, moved);
    return 0;
}

} // namespace

cli::Command act_command() {
    const auto options = std::make_shared<ActCommand>();
    cli::Command command("act", "move input rows by group elements");
    command.describe(
        "The feature columns are replaced by rho(g) x; other columns pass unchanged, and format and header are "
        "those of the input. One element serves all rows, else row i takes element i; with --pairs every row "
        "is moved by every element, rows slowest. Elements are used as given.");
    command.example("orbit-symm act --group 'O(3)' --rep 5S+5V --random --seed 3 x.csv",
                    "every row by an element of its own");
    declare(command, options->group);
    command.text(options->rep, "--rep", "R", "representation of the features");
    command.input(options->elements, "--elements", "elements: records of sample, CSV rows, or one matrix");
    command.flag(options->random, "--random", "draw an element for every row instead");
    command.flag(options->pairs, "--pairs", "every row by every element");
    command.flag(options->inverse, "--inverse", "act by the inverse elements");
    declare(command, options->measure);
    declare(command, options->rows);
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
