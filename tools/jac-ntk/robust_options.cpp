#include "robust_options.hpp"

#include <cmath>
#include <limits>
#include <sstream>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::tools {

void declare_rows(cli::Command& command, RobustCommandOptions& options, bool test_required) {
    command.group("Rows");
    command.input(options.train, "--train", "training table").required = true;
    command.input(options.test, "--test", "rows to predict; the target may be missing").required = test_required;
}

void declare(cli::Command& command, RobustCommandOptions& options) {
    declare(command, options.network);
    declare(command, options.data);
    command.group("Training");
    command.number(options.lambda, "--lambda", "L", cli::Range::not_negative(),
                   "weight of the penalty |grad f|^2 at the training points; 0: none");
    command.number(options.kappa, "--kappa", "K", cli::Range::positive(), "output scale of the network");
    command.choice(options.loss, "--loss", {"mean", "sum"},
                   "sum over the training points of ((f - y)^2 + lambda |grad f|^2)/2, divided by their number or not");
    auto& time =
        command.text(options.times, "--time", "LIST", "training times, numbers >= 0 or inf; lambda acts through them");
    time.other_names = {"--times"};
    time.default_text = "inf";
    command.number(options.ridge, "--ridge", "R", cli::Range::not_negative(), "added to every eigenvalue");
    command
        .number(options.rank_cut, "--rank-cut", "V", cli::Range::not_negative(),
                "eigenvalues up to this share of the largest count as 0 at infinite time")
        .default_text = "size 2^-52";
}

std::vector<process::TrainingTime> parse_times(const std::string& list) {
    std::vector<process::TrainingTime> times;
    std::istringstream words(list.empty() ? "inf" : list);
    for (std::string word; std::getline(words, word, ',');) {
        if (word == "inf") {
            times.emplace_back(process::FlowTime{std::numeric_limits<double>::infinity()});
            continue;
        }
        const auto time = base::parse_number(word);
        if (!time) throw base::InputError("--time", base::quoted(word) + " is no time; expected numbers >= 0 or inf");
        if (*time < 0) throw base::InputError("--time", word + " is out of range; expected >= 0, or inf");
        times.emplace_back(process::FlowTime{*time});
    }
    return times;
}

process::RobustLoss robust_loss(const RobustCommandOptions& options) {
    return {options.lambda, options.kappa, options.loss == "mean"};
}

process::RobustOptions robust_options(const RobustCommandOptions& options) {
    process::RobustOptions result;
    result.loss = robust_loss(options);
    result.times = parse_times(options.times);
    result.ridge = options.ridge;
    result.rank_cut = options.rank_cut.value_or(-1.0);
    return result;
}

process::RobustData robust_data(const process::TrainingData& training) {
    return {training.working_x(), training.working_y().col(0), {}};
}

data::Json time_json(double time) {
    return std::isinf(time) ? data::Json("inf") : data::Json(time);
}

data::Json options_json(const RobustCommandOptions& options, const process::TrainingData& training,
                        const network::Network& network) {
    data::Json result{{"target", training.targets.front()},
                      {"features", training.features},
                      {"standardise", options.data.standardise},
                      {"lambda", options.lambda},
                      {"kappa", options.kappa},
                      {"loss", options.loss}};
    data::Json times = data::Json::array();
    for (const process::TrainingTime& time : parse_times(options.times))
        times.push_back(time_json(std::get<process::FlowTime>(time).time));
    result["time"] = std::move(times);
    result["ridge"] = options.ridge;
    if (options.rank_cut) result["rank_cut"] = *options.rank_cut;
    result["network"] = network_document(network);
    return result;
}

void warn_of_rounding(const process::RobustFit& fit, const process::RobustData& data, double ridge, bool infinite,
                      cli::Context& context) {
    if (!infinite || ridge > 0) return;
    double squares = 0.0;
    for (const double y : data.y)
        squares += y * y;
    const double size = std::sqrt(squares / static_cast<double>(data.y.n_elem));
    if (fit.flow) {
        const process::RobustFlow& flow = *fit.flow;
        const double largest = flow.eigenvalues().back();
        const double smallest = flow.eigenvalues()(0);
        constexpr double poor = 1e12;
        if (!(largest <= poor * smallest)) {
            std::ostringstream ridge_text;
            ridge_text.precision(1);
            ridge_text << std::scientific << 1e-10 * largest;
            context.warn(
                "S has rank " + std::to_string(flow.rank()) + " of " + std::to_string(flow.size()) +
                " to rounding and a condition above 1e12: predictions at infinite time rest on rounding (try a "
                "finite --time, or --ridge " +
                ridge_text.str() + ")");
        }
    }
    constexpr double noticeable = 1e-6;
    if (fit.residual && *fit.residual > noticeable * size)
        context.warn("the training targets cannot all be met: at infinite time the root mean square residual is " +
                     base::number_text(*fit.residual) + " in the network's units");
}

} // namespace limsym::tools
