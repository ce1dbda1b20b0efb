// jac-ntk attack: losses of a trained network whose inputs are moved.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/table.hpp"
#include "points.hpp"
#include "robust_options.hpp"

namespace limsym::tools {

namespace {

struct Options {
    std::vector<std::string> files;
    std::optional<std::string> model;
    std::string target;
    std::vector<double> radii;
    std::string norm = "l2";
    std::size_t steps = 20;
    std::string time; ///< empty: the model's last
};

std::size_t time_index(const process::RobustModel& model, const std::string& text) {
    if (text.empty()) return model.times.size() - 1;
    const std::vector<process::TrainingTime> wanted = parse_times(text);
    if (wanted.size() != 1) throw base::InputError("--time", std::to_string(wanted.size()) + " times; expected one");
    const double time = std::get<process::FlowTime>(wanted.front()).time;
    for (std::size_t t = 0; t < model.times.size(); ++t) {
        const auto* flow = std::get_if<process::FlowTime>(&model.times[t]);
        const auto* descent = std::get_if<process::DescentTime>(&model.times[t]);
        if ((flow != nullptr && flow->time == time) ||
            (descent != nullptr && static_cast<double>(descent->steps) == time))
            return t;
    }
    throw base::InputError("--time", text + " is none of the model's times; expected one of them");
}

/// Features by name (or, without a header, all columns but the target) and the target.
struct Labelled {
    arma::mat x;
    arma::vec y;
};
Labelled read_labelled(const data::Table& table, const process::RobustModel& model, const std::string& target) {
    check_columns(table, target);
    const std::size_t y = table.column(target, "--target");
    std::vector<arma::uword> columns;
    if (table.has_header && !model.features.empty()) {
        for (const std::string& name : model.features) {
            const auto found = std::find(table.names.begin(), table.names.end(), name);
            if (found == table.names.end())
                throw base::InputError(table.file, "no column " + base::quoted(name) + "; columns are " +
                                                       base::printable(base::join(table.names)));
            columns.push_back(static_cast<arma::uword>(found - table.names.begin()));
        }
    } else {
        for (std::size_t j = 0; j < table.values.n_cols; ++j)
            if (j != y) columns.push_back(j);
    }
    if (columns.size() != model.x.n_cols)
        throw base::InputError(table.file, std::to_string(columns.size()) + " features; expected " +
                                               std::to_string(model.x.n_cols) + ", as the model has");
    return {table.values.cols(arma::uvec(columns)), table.values.col(y)};
}

int run(const Options& options, cli::Context& context) {
    const process::RobustModel model = process::read_robust_model(context.source(*options.model).file);
    process::AttackOptions how;
    how.radii = options.radii;
    how.norm = options.norm == "l2" ? process::BallNorm::l2 : process::BallNorm::linf;
    how.steps = options.steps;
    how.time = time_index(model, options.time);
    const data::Table table = data::read_table(context.source(options.files[0]));
    const Labelled rows = read_labelled(table, model, options.target);
    const std::vector<process::AttackLoss> losses = process::attack(model, rows.x, rows.y, how, context.monitor());
    if (context.result_format() == data::Format::csv) {
        arma::mat values(losses.size(), 4, arma::fill::none);
        for (std::size_t i = 0; i < losses.size(); ++i)
            values.row(i) = arma::rowvec{losses[i].radius, losses[i].clean, losses[i].first_order, losses[i].ascent};
        data::write_csv(context.out(), {"eps", "clean", "first_order", "pgd"}, values);
        return 0;
    }
    data::Json result = context.head("limsym/jac-attack@1");
    result["options"] = {{"target", options.target},
                         {"eps", options.radii},
                         {"norm", options.norm},
                         {"steps", options.steps},
                         {"time", process::to_json(model.times[how.time])},
                         {"network", network_document(model.network)}};
    data::Json& list = result["rows"] = data::Json::array();
    for (const process::AttackLoss& loss : losses)
        list.push_back(
            {{"eps", loss.radius}, {"clean", loss.clean}, {"first_order", loss.first_order}, {"pgd", loss.ascent}});
    context.write(result);
    return 0;
}

} // namespace

cli::Command attack_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("attack", "losses of a trained network when its inputs are moved by eps");
    command.describe(
        "For each eps: clean is the mean of (f - y)^2, first_order the mean of (|f - y| + eps |grad f|)^2 with "
        "|.| dual to --norm, pgd the mean of the largest (f(x + delta) - y)^2 seen along projected gradient "
        "ascent from delta = 0, in steps of 2.5 eps/steps. eps is in standardised coordinates.");
    command.example("jac-ntk attack --model m.json --target y --eps 0.01,0.1 --norm linf b.csv", "two radii");
    command.input(options->model, "--model", "model that regress --model-out wrote, limsym/jac-model@1").required =
        true;
    command.text(options->target, "--target", "COL", "target column, by name or 1-based number").required = true;
    command.numbers(options->radii, "--eps", "LIST", cli::Range::not_negative(), "radii of the moves").required = true;
    command.choice(options->norm, "--norm", {"l2", "linf"}, "norm of the moves");
    command.integer(options->steps, "--steps", "K", 0, 1'000'000, "steps of ascent");
    command.text(options->time, "--time", "T", "one of the model's times (or numbers of steps)").default_text =
        "the model's last";
    command.operands(options->files, 1, 1, "[DATA]", "labelled rows");
    command.results({data::Format::csv, data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
