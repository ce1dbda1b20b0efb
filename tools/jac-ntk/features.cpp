// jac-ntk features: what the eigenvectors of robust regression are worth.
#include <algorithm>
#include <cmath>
#include <memory>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/numerics/ranking.hpp"
#include "robust_options.hpp"

namespace limsym::tools {

namespace {

struct Options {
    RobustCommandOptions robust;
    std::size_t top = 50;
    double radius = 0.05;
    std::string norm = "l2";
    std::optional<std::string> plot;
};

void draw(const std::vector<process::EigenFeature>& features, const std::string& file) {
    data::Plot plot;
    plot.title = "Eigenfeatures";
    plot.x_label = "usefulness";
    plot.y_label = "robustness";
    data::Series series;
    series.kind = data::Series::Kind::points;
    for (const process::EigenFeature& feature : features) {
        series.x.push_back(feature.usefulness);
        series.y.push_back(feature.robustness);
    }
    plot.series.push_back(std::move(series));
    data::write_plot(file, plot);
}

int run(const Options& options, cli::Context& context) {
    process::RobustOptions how = robust_options(options.robust);
    how.solver = process::RobustSolver::dense;
    if (how.times.size() != 1)
        throw base::InputError("--time", std::to_string(how.times.size()) + " times; expected one");
    const network::Network network = read_network(options.robust.network, context);
    const process::TrainingData training = read_training(options.robust.data, *options.robust.train, context);
    const process::RobustData data = robust_data(training);
    arma::mat x = data.x;
    arma::vec y = data.y;
    if (options.robust.test) {
        const process::TestData test = read_test(training, *options.robust.test, context);
        if (!test.y.empty()) {
            x = training.x_units.apply(test.x);
            y = training.y_units.apply(test.y).col(0);
        }
    }
    const kernel::JacobianNetwork limit = kernel::make_jacobian_network(network, training.x.n_cols);
    kernel::require_jacobian_ntk(limit);
    const process::RobustFit fit = process::fit_robust(limit, data, how, context.memory(), context.monitor());
    warn_of_rounding(fit, data, how.ridge, std::isinf(std::get<process::FlowTime>(how.times.front()).time), context);
    const process::FeatureProbe probe{x, y, options.radius,
                                      options.norm == "l2" ? process::BallNorm::l2 : process::BallNorm::linf};
    std::vector<process::EigenFeature> features =
        process::eigen_features(limit, data, how, fit, probe, context.monitor());
    features.resize(std::min(features.size(), options.top));
    for (const process::EigenFeature& feature : features)
        if (!std::isfinite(feature.usefulness) || !std::isfinite(feature.robustness))
            throw base::WorkError("the features leave the range of double; try a smaller --eps or --kappa");
    if (options.plot) draw(features, *options.plot);

    if (context.result_format() == data::Format::csv) {
        std::string text = "i,eigenvalue,weight,usefulness,robustness\n";
        for (std::size_t i = 0; i < features.size(); ++i) {
            text += std::to_string(i + 1);
            for (const double value :
                 {features[i].eigenvalue, features[i].weight, features[i].usefulness, features[i].robustness}) {
                text += ',';
                base::append_number(text, value);
            }
            text += '\n';
        }
        context.out()(text);
        return 0;
    }
    std::vector<double> usefulness;
    std::vector<double> robustness;
    data::Json rows = data::Json::array();
    for (std::size_t i = 0; i < features.size(); ++i) {
        usefulness.push_back(features[i].usefulness);
        robustness.push_back(features[i].robustness);
        rows.push_back({{"i", i + 1},
                        {"eigenvalue", features[i].eigenvalue},
                        {"weight", features[i].weight},
                        {"usefulness", features[i].usefulness},
                        {"robustness", features[i].robustness}});
    }
    data::Json result = context.head("limsym/jac-features@1");
    data::Json shaped = options_json(options.robust, training, network);
    shaped["top"] = options.top;
    shaped["eps"] = options.radius;
    shaped["norm"] = options.norm;
    result["options"] = std::move(shaped);
    result["n_eval"] = x.n_rows;
    result["spearman"] = numerics::spearman_correlation(usefulness, robustness);
    result["rows"] = std::move(rows);
    context.write(result);
    return 0;
}

} // namespace

cli::Command features_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("features", "eigenfeatures of robust regression: share of the target, usefulness, robustness");
    command.describe(
        "The predictor is a sum f = sum_i f_i over the eigenvectors of S. For labelled rows y = +-1 (of --test "
        "when it has the target, else of --train): usefulness is the mean of y f_i, robustness the mean of "
        "y f_i - eps |grad f_i|, |.| dual to --norm. weight is the feature's share of the target. The document "
        "adds Spearman's correlation of usefulness and robustness over its rows.");
    command.example("jac-ntk features --activation gelu --depth 2 --train a.csv --target y --time 1000",
                    "the 50 leading features");
    declare_rows(command, options->robust, false);
    declare(command, options->robust);
    command.group("Features");
    command.integer(options->top, "--top", "N", 1, 1'000'000'000, "rows: the features of the N largest eigenvalues");
    command.number(options->radius, "--eps", "E", cli::Range::not_negative(),
                   "how far inputs may move, in standardised coordinates");
    command.choice(options->norm, "--norm", {"l2", "linf"}, "norm in which they move");
    command.plot(options->plot, "robustness against usefulness");
    command.results({data::Format::csv, data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
