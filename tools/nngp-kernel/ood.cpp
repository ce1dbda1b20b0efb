#include <cmath>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/table.hpp"
#include "limsym/numerics/ranking.hpp"

namespace limsym::tools {

namespace {

struct OodOptions {
    std::string score = "entropy";
    std::vector<std::string> files;
};

/// The columns that make up the score, and its sign.
struct ScoreColumns {
    std::vector<std::size_t> columns; ///< the largest of them counts
    double sign = 1.0;
};

ScoreColumns score_columns(const data::Table& table, const std::string& score) {
    if (!table.has_header)
        throw base::InputError(table.file, "has no header; expected a table with named columns, such as classify "
                                           "predict prints");
    ScoreColumns result;
    if (score == "maxprob") {
        for (std::size_t j = 0; j < table.names.size(); ++j)
            if (table.names[j].starts_with("p_")) result.columns.push_back(j);
        if (result.columns.empty())
            throw base::InputError(table.file, "has no column p_CLASS; --score maxprob expects probabilities");
        result.sign = -1.0;
    } else {
        result.columns = {table.column(score == "nll" ? "logpdf" : score, "--score")};
        if (score == "nll") result.sign = -1.0;
    }
    return result;
}

std::vector<double> scores(const std::string& file, const std::string& score, cli::Context& context) {
    data::TableOptions reading;
    reading.allow_other_cells = true;
    const data::Table table = data::read_table(context.source(file), reading);
    const ScoreColumns wanted = score_columns(table, score);
    std::vector<double> result;
    for (arma::uword i = 0; i < table.values.n_rows; ++i) {
        double largest = -std::numeric_limits<double>::infinity();
        for (const std::size_t j : wanted.columns) {
            const double value = table.values(i, j);
            if (std::isnan(value))
                throw base::InputError(table.place(i), "column " + base::quoted(table.names[j]) +
                                                           " holds no number; expected a finite score in every row");
            largest = std::max(largest, value);
        }
        result.push_back(wanted.sign * largest);
    }
    return result;
}

int run(const OodOptions& options, cli::Context& context) {
    std::vector<double> in = scores(options.files[0], options.score, context);
    std::vector<double> out = scores(options.files[1], options.score, context);
    data::Json record = context.head("limsym/ood@1");
    record["options"] = {{"score", options.score}};
    record["score"] = options.score;
    record["n_in"] = in.size();
    record["n_out"] = out.size();
    const numerics::Separation result = numerics::separation(std::move(in), std::move(out));
    record["auroc"] = result.auroc;
    record["aupr"] = result.aupr;
    record["fpr95"] = result.fpr95;
    context.write(record);
    return 0;
}

} // namespace

cli::Command ood_command() {
    const auto options = std::make_shared<OodOptions>();
    cli::Command command("ood", "how well a score tells foreign inputs (OUT) from familiar ones (IN)");
    command.describe("Reads two tables with a header, such as classify predict and predict print. The higher the "
                     "score, the more foreign the row; OUT is the positive class. Prints the area under the receiver "
                     "operating characteristic (ties count half), the average precision, and the share of IN at or "
                     "above the largest threshold that keeps 95 % of OUT.");
    command.example("nngp-kernel classify predict --model c.json in.csv >in.p && nngp-kernel classify predict --model "
                    "c.json out.csv >out.p && nngp-kernel ood --score variance in.p out.p",
                    "how well the predictive variance separates the two");
    command.text(options->score, "--score", "entropy|maxprob|nll|COLUMN",
                 "the column entropy; minus the largest p_CLASS; minus logpdf; or any column by name or number");
    command.operands(options->files, 2, 2, "IN OUT", "predictions for familiar and for foreign inputs");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
