// pdf, logpdf, cdf, sf and quantile: functions of the law at given points.
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "law_options.hpp"
#include "law_plot.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/column.hpp"
#include "limsym/data/json_writer.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/stable/law_evaluator.hpp"

namespace limsym::tools {

namespace {

struct EvaluateOptions {
    stable::Law law;
    bool exact = false;
    bool upper = false;
    std::vector<double> values;
    std::optional<std::string> column;
    std::vector<std::string> files;
    std::optional<std::string> plot;
};

/// --values, or the one column of the operand; a quantile's probabilities lie in (0, 1).
arma::vec read_arguments(const EvaluateOptions& options, const std::string& name, cli::Context& context) {
    if (!options.values.empty()) {
        if (!options.files.empty())
            throw base::InputError("--values",
                                   "is given beside " + base::quoted(options.files.front()) + "; expected one of them");
        if (options.column) throw base::InputError("--column", "names a column of a file; expected no --values");
        return {options.values};
    }
    const data::Source source = context.source(options.files.empty() ? "-" : options.files.front());
    const data::Column column = data::read_column(source, options.column, {{name}, {}});
    const data::Table& table = column.table;
    const bool named = table.has_header && table.names[column.number] == name;
    if (!options.column && !named && table.names.size() > 1)
        throw base::InputError("--column", "is missing: " + table.file + " has " + std::to_string(table.names.size()) +
                                               " columns and none is called " + name);
    if (name == "p")
        for (arma::uword i = 0; i < column.values.n_elem; ++i)
            if (!(column.values(i) > 0.0 && column.values(i) < 1.0)) column.fail(i, "0 < p < 1");
    return column.values;
}

void write(const std::string& function, const std::string& argument, const EvaluateOptions& options, const arma::vec& x,
           const arma::vec& value, cli::Context& context) {
    if (context.result_format() == data::Format::csv) {
        data::write_csv(context.out(), {argument, "value"}, arma::join_rows(x, value));
        return;
    }
    data::Json head = context.head("limsym/stable-eval@1");
    head["options"] = data::Json::object();
    if (function == "quantile") head["options"]["sf"] = options.upper;
    head["options"]["exact"] = options.exact;
    head["function"] = function;
    append_law(head, options.law);
    data::JsonWriter writer(context.out());
    writer.begin_object().members(head);
    writer.key(argument).numbers(x);
    writer.key("value").numbers(value);
    writer.end_object().finish();
}

/// The density, and the points that were asked for where they are in its middle.
data::Plot points_on_law(const stable::Law& law, const arma::vec& x, const arma::vec& value) {
    data::Plot plot = law_plot(law);
    plot.title = "stable density";
    data::Series points;
    points.kind = data::Series::Kind::points;
    points.title = "points";
    for (arma::uword i = 0; i < x.n_elem; ++i)
        if (x(i) >= plot.series.front().x.front() && x(i) <= plot.series.front().x.back()) {
            points.x.push_back(x(i));
            points.y.push_back(value(i));
        }
    if (!points.x.empty()) plot.series.push_back(std::move(points));
    return plot;
}

int run(const std::string& function, const EvaluateOptions& options, cli::Context& context) {
    const bool density = function == "pdf" || function == "logpdf";
    if (density && options.law.sigma == 0.0)
        throw base::InputError("--sigma", "0 is degenerate; a point mass has no density, expected sigma > 0");
    const std::string argument = function == "quantile" ? "p" : "x";
    const arma::vec x = read_arguments(options, argument, context);
    arma::vec value;
    if (function == "quantile") {
        value = stable::quantiles(options.law, x, options.upper);
    } else {
        using stable::LawFunction;
        const LawFunction what = function == "pdf"      ? LawFunction::density
                                 : function == "logpdf" ? LawFunction::log_density
                                 : function == "cdf"    ? LawFunction::cdf
                                                        : LawFunction::upper_tail;
        const auto method = options.exact ? stable::Method::exact : stable::Method::table;
        value = stable::LawEvaluator(options.law, what, method)(x);
    }
    warn_of_held(hold_in_range(value), context);
    write(function, argument, options, x, value, context);
    if (options.plot)
        context.at_commit(
            [plot = points_on_law(options.law, x, value), file = *options.plot] { data::write_plot(file, plot); });
    return 0;
}

cli::Command evaluate_command(const std::string& function, const std::string& summary, const std::string& paragraph,
                              const std::string& example, const std::string& shows) {
    const auto options = std::make_shared<EvaluateOptions>();
    cli::Command command(function, summary);
    command.describe(paragraph);
    command.example(example, shows);
    declare(command, options->law);
    command.group(function == "quantile" ? "Probabilities" : "Points");
    if (function == "quantile") {
        command.flag(options->upper, "--sf", "probabilities are those of the upper tail, P(X > x)");
        command.flag(options->exact, "--exact", "point by point; quantiles always are");
        command.numbers(options->values, "--values", "LIST", cli::Range::open(0.0, 1.0),
                        "the probabilities, in place of FILE");
    } else {
        command.flag(options->exact, "--exact", "point by point, without the table");
        command.numbers(options->values, "--values", "LIST", cli::Range::any(), "the points, in place of FILE");
    }
    command.text(options->column, "--column", "NAME|N",
                 function == "quantile" ? "the column of probabilities (p)" : "the column of points (x)");
    command.operands(options->files, 0, 1, "[FILE]",
                     std::string("a table; the ") + (function == "quantile" ? "probabilities" : "points") +
                         " are its only column, or the one called " + (function == "quantile" ? "p" : "x"));
    if (function == "pdf") command.plot(options->plot, "the density over its middle 98 %, and the points");
    command.results({data::Format::csv, data::Format::json});
    command.run([function, options](cli::Context& context) { return run(function, *options, context); });
    return command;
}

} // namespace

cli::Command pdf_command() {
    return evaluate_command("pdf", "the density",
                            "Relative error below 1e-12 for every alpha, also next to 1 and 2 (1e-11 for alpha above "
                            "1.95), from a table that is made for this alpha and checked. Below the range of double "
                            "the density is 0; see logpdf.",
                            "stable-limit pdf --alpha 1.5 --values 0,1,1e6", "three densities");
}

cli::Command logpdf_command() {
    return evaluate_command("logpdf", "the logarithm of the density, also in the far tails",
                            "Not the logarithm of pdf: in the tails the power series is summed in logarithms, so that "
                            "nothing underflows.",
                            "stable-limit logpdf --alpha 0.7 --values 1e300", "where the density is below double");
}

cli::Command cdf_command() {
    return evaluate_command("cdf", "P(X <= x)",
                            "For x above the median see sf, which keeps its digits where cdf is nearly 1. With sigma 0 "
                            "a step at loc.",
                            "stable-limit cdf --alpha 1.2 x.csv", "one line a point");
}

cli::Command sf_command() {
    return evaluate_command("sf", "P(X > x), the upper tail", "Full relative accuracy far into the tail.",
                            "stable-limit sf --alpha 1.999 --values 10,100,1000", "beyond the normal core");
}

cli::Command quantile_command() {
    return evaluate_command("quantile", "the x with P(X <= x) = p",
                            "0 < p < 1. Upper quantiles beyond 1 - 1e-16 are reached with --sf.",
                            "stable-limit quantile --sf --alpha 1.2 --values 1e-40", "the far upper tail");
}

} // namespace limsym::tools
