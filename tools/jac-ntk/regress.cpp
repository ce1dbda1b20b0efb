// jac-ntk regress: predictions of a wide network trained with a penalty on its Jacobian.
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <sstream>

#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "robust_options.hpp"

namespace limsym::tools {

namespace {

struct Options {
    RobustCommandOptions robust;
    std::string descent; ///< --gd; empty: not given
    std::optional<std::string> start_train;
    std::optional<std::string> start_test;
    std::string covariance = "none";
    std::string solver = "auto";
    std::optional<double> tolerance;
    bool force = false;
    std::optional<std::string> model_out;
    std::optional<std::string> plot;
};

/// LR:STEPS[,STEPS...]
std::vector<process::TrainingTime> parse_descent(const std::string& text) {
    const std::string form = "; expected LR:STEPS[,STEPS...]";
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) throw base::InputError("--gd", base::quoted(text) + form);
    const auto rate = base::parse_number(text.substr(0, colon));
    if (!rate || !(*rate > 0))
        throw base::InputError("--gd", base::quoted(text.substr(0, colon)) + " is no learning rate > 0" + form);
    std::vector<process::TrainingTime> times;
    std::istringstream words(text.substr(colon + 1));
    for (std::string word; std::getline(words, word, ',');) {
        const auto steps = base::parse_integer(word);
        if (!steps || *steps < 0)
            throw base::InputError("--gd", base::quoted(word) + " is no number of steps >= 0" + form);
        times.emplace_back(process::DescentTime{*rate, static_cast<std::uint64_t>(*steps)});
    }
    if (times.empty()) throw base::InputError("--gd", base::quoted(text) + form);
    return times;
}

void check_combinations(const Options& options) {
    const bool gd = !options.descent.empty();
    const bool start = options.start_train || options.start_test;
    const bool covariance = options.covariance != "none";
    const auto refuse = [](bool both, const char* first, const char* second) {
        if (both)
            throw base::InputError(first, std::string("does not go with ") + second + "; expected one of the two");
    };
    refuse(gd && !options.robust.times.empty(), "--gd", "--time");
    refuse(gd && covariance, "--cov", "--gd");
    refuse(start && covariance, "--cov", options.start_train ? "--z0-train" : "--z0-test");
    refuse(start && options.model_out, "--model-out", options.start_train ? "--z0-train" : "--z0-test");
    refuse(covariance && options.solver == "cg", "--cov", "--solver cg");
    refuse(options.robust.rank_cut && options.solver == "cg", "--rank-cut", "--solver cg");
    refuse(options.tolerance && options.solver == "dense", "--tol", "--solver dense");
    if (options.force && !gd)
        throw base::InputError("--force", "goes on with an unstable learning rate; expected --gd as well");
    if (options.start_train.has_value() != options.start_test.has_value())
        throw base::InputError(options.start_train ? "--z0-test" : "--z0-train",
                               std::string("is missing; expected both --z0-train and --z0-test"));
}

arma::mat read_start(const std::string& file, std::size_t rows, std::size_t columns, cli::Context& context) {
    arma::mat start = data::read_matrix(context.source(file));
    if (start.n_rows != rows || start.n_cols != columns)
        throw base::InputError(file, std::to_string(start.n_rows) + " x " + std::to_string(start.n_cols) +
                                         "; expected " + std::to_string(rows) + " x " + std::to_string(columns));
    return start;
}

/// Factors that undo the standardisation of (f, grad f), and the mean of f.
struct Units {
    arma::rowvec factor;
    double mean;
};
Units units_of(const process::TrainingData& training) {
    const std::size_t d = training.x.n_cols;
    Units units{arma::rowvec(d + 1, arma::fill::none), training.y_units.mean(0)};
    units.factor(0) = training.y_units.scale(0);
    for (std::size_t a = 0; a < d; ++a)
        units.factor(a + 1) = training.y_units.scale(0) / training.x_units.scale(a);
    return units;
}

void undo(const Units& units, process::RobustPrediction& prediction) {
    prediction.mean.each_row() %= units.factor;
    prediction.mean.col(0) += units.mean;
    if (!prediction.variance.empty()) prediction.variance.each_row() %= arma::square(units.factor);
    prediction.covariance.each_slice([&](arma::mat& block) {
        block.each_row() %= units.factor;
        block.each_col() %= units.factor.t();
    });
}

data::Json fit_record(const Options& options, const process::RobustFit& fit, const process::TrainingData& training,
                      const network::Network& network, double tolerance, const cli::Context& context) {
    data::Json record = context.head("limsym/jac-fit@1");
    data::Json shaped = options_json(options.robust, training, network);
    if (!options.descent.empty()) {
        shaped.erase("time");
        shaped["gd"] = options.descent;
    }
    shaped["cov"] = options.covariance;
    shaped["start"] = options.start_train ? "given" : "mean over initialisations";
    shaped["solver"] = fit.flow ? "dense" : "cg";
    if (!fit.flow) shaped["tol"] = tolerance;
    record["options"] = std::move(shaped);
    record["n"] = training.x.n_rows;
    record["d"] = training.x.n_cols;
    record["size"] = fit.size;
    const std::vector<std::string> spectral{"eig_min", "eig_max", "cond", "error_bound", "resolved", "rank", "lr_max"};
    if (!fit.flow) {
        data::Json reasons;
        for (const std::string& name : spectral) {
            record[name] = nullptr;
            reasons[name] = "conjugate gradients compute no eigenvalues";
        }
        record["reasons"] = std::move(reasons);
    } else {
        const process::RobustFlow& flow = *fit.flow;
        const double smallest = flow.eigenvalues()(0);
        const double largest = flow.eigenvalues().back();
        record["eig_min"] = smallest;
        record["eig_max"] = largest;
        if (flow.resolved()) {
            record["cond"] = largest / smallest;
        } else {
            record["cond"] = nullptr;
            record["cond_reason"] = "the smallest eigenvalue is not resolved";
        }
        record["error_bound"] = flow.error_bound();
        record["resolved"] = flow.resolved();
        record["rank"] = flow.rank();
        record["lr_max"] = flow.largest_rate();
    }
    if (fit.residual) record["residual"] = *fit.residual * training.y_units.scale(0);
    return record;
}

std::vector<double> row_of(const arma::mat& values, std::size_t i, std::size_t first) {
    std::vector<double> row;
    for (std::size_t a = first; a < values.n_cols; ++a)
        row.push_back(values(i, a));
    return row;
}

void write_records(const process::RobustOptions& how, const std::vector<process::RobustPrediction>& predictions,
                   cli::Context& context) {
    for (std::size_t t = 0; t < predictions.size(); ++t) {
        const process::RobustPrediction& prediction = predictions[t];
        for (std::size_t i = 0; i < prediction.mean.n_rows; ++i) {
            data::Json record{{"schema", "limsym/jac-pred@1"}};
            if (const auto* flow = std::get_if<process::FlowTime>(&how.times[t]))
                record["time"] = time_json(flow->time);
            else
                record["step"] = std::get<process::DescentTime>(how.times[t]).steps;
            record["point"] = i;
            record["f"] = prediction.mean(i, 0);
            record["grad"] = row_of(prediction.mean, i, 1);
            if (!prediction.variance.empty()) {
                record["var_f"] = prediction.variance(i, 0);
                record["var_grad"] = row_of(prediction.variance, i, 1);
            }
            if (!prediction.covariance.empty()) {
                const arma::mat block = prediction.covariance.slice(i);
                data::Json& rows = record["cov"] = data::Json::array();
                for (std::size_t a = 0; a < block.n_rows; ++a)
                    rows.push_back(row_of(block, a, 0));
            }
            context.out()(data::to_text(record) + "\n");
        }
    }
}

void write_table(const process::RobustOptions& how, const std::vector<process::RobustPrediction>& predictions,
                 cli::Context& context) {
    const bool steps = std::holds_alternative<process::DescentTime>(how.times.front());
    const std::size_t d = predictions.front().mean.n_cols - 1;
    std::string text = steps ? "step,point,f" : "time,point,f";
    for (std::size_t a = 1; a <= d; ++a)
        text += ",g" + std::to_string(a);
    if (!predictions.front().variance.empty()) {
        text += ",var_f";
        for (std::size_t a = 1; a <= d; ++a)
            text += ",var_g" + std::to_string(a);
    }
    text += '\n';
    for (std::size_t t = 0; t < predictions.size(); ++t) {
        std::string time;
        if (steps)
            time = std::to_string(std::get<process::DescentTime>(how.times[t]).steps);
        else if (const double value = std::get<process::FlowTime>(how.times[t]).time; std::isinf(value))
            time = "inf";
        else
            time = base::number_text(value);
        for (std::size_t i = 0; i < predictions[t].mean.n_rows; ++i) {
            text += time + "," + std::to_string(i);
            for (const arma::mat* part : {&predictions[t].mean, &predictions[t].variance})
                for (std::size_t a = 0; a < part->n_cols; ++a) {
                    text += ',';
                    base::append_number(text, (*part)(i, a));
                }
            text += '\n';
        }
    }
    context.out()(text);
}

/// f at every test point against time or steps.
void draw(const process::RobustOptions& how, const std::vector<process::RobustPrediction>& predictions,
          const std::string& file) {
    data::Plot plot;
    plot.title = "Predictions while training";
    const bool steps = std::holds_alternative<process::DescentTime>(how.times.front());
    plot.x_label = steps ? "steps" : "time";
    plot.y_label = "f at the test rows";
    plot.log_x = true;
    std::vector<std::pair<double, std::size_t>> at; // what a logarithmic axis has a place for
    for (std::size_t t = 0; t < how.times.size(); ++t) {
        const double x = steps ? static_cast<double>(std::get<process::DescentTime>(how.times[t]).steps)
                               : std::get<process::FlowTime>(how.times[t]).time;
        if (x > 0 && std::isfinite(x)) at.emplace_back(x, t);
    }
    if (at.empty())
        throw base::InputError("--plot", "shows predictions against time; expected finite times or steps above 0");
    std::sort(at.begin(), at.end());
    for (std::size_t i = 0; i < predictions.front().mean.n_rows; ++i) {
        data::Series line;
        data::Series band;
        band.kind = data::Series::Kind::band;
        for (const auto& [x, t] : at) {
            const process::RobustPrediction& prediction = predictions[t];
            const double f = prediction.mean(i, 0);
            line.x.push_back(x);
            line.y.push_back(f);
            if (prediction.variance.empty()) continue;
            const double spread = 2 * std::sqrt(prediction.variance(i, 0));
            band.x.push_back(x);
            band.y.push_back(f - spread);
            band.y_upper.push_back(f + spread);
        }
        if (!band.x.empty()) plot.series.push_back(std::move(band));
        plot.series.push_back(std::move(line));
    }
    data::write_plot(file, plot);
}

process::RobustModel model_of(const network::Network& network, const process::RobustOptions& how,
                              const process::RobustData& data, const process::RobustFit& fit,
                              const process::TrainingData& training) {
    process::RobustModel model;
    model.network = network;
    for (network::Layer& layer : model.network.layers)
        if (auto* dense = std::get_if<network::Dense>(&layer.value)) {
            dense->weight.reset();
            dense->bias.reset();
        }
    model.loss = how.loss;
    model.times = how.times;
    model.x = data.x;
    model.alpha = fit.coefficients;
    model.features = training.features;
    model.target = training.targets.front();
    model.standardised = training.standardise != process::Standardise::none;
    model.x_units = training.x_units;
    model.y_mean = training.y_units.mean(0);
    model.y_scale = training.y_units.scale(0);
    return model;
}

void check_rate(const process::RobustOptions& how, const process::RobustFit& fit, bool force) {
    const auto* descent = std::get_if<process::DescentTime>(&how.times.front());
    if (descent == nullptr || force || !fit.flow || descent->rate <= fit.flow->largest_rate()) return;
    throw base::WorkError("--gd", "the learning rate " + base::number_text(descent->rate) +
                                      " is above 2N/D_max = " + base::number_text(fit.flow->largest_rate()) +
                                      ", where gradient descent diverges; --force goes on");
}

void require_finite(const std::vector<process::RobustPrediction>& predictions) {
    for (const process::RobustPrediction& prediction : predictions)
        if (!prediction.mean.is_finite() || !prediction.variance.is_finite() || !prediction.covariance.is_finite())
            throw base::WorkError("the predictions leave the range of double; try a smaller learning rate or fewer "
                                  "steps");
}

bool asks_for_the_end(const process::RobustOptions& how) {
    return std::any_of(how.times.begin(), how.times.end(), [](const process::TrainingTime& time) {
        const auto* flow = std::get_if<process::FlowTime>(&time);
        return flow != nullptr && std::isinf(flow->time);
    });
}

int run(const Options& options, cli::Context& context) {
    check_combinations(options);
    if (options.covariance == "block" && context.result_format() == data::Format::csv)
        throw base::InputError("--cov", "csv has no place for blocks; expected diag, or --to ndjson");
    process::RobustOptions how = robust_options(options.robust);
    if (!options.descent.empty()) how.times = parse_descent(options.descent);
    if (options.tolerance) how.tolerance = *options.tolerance;
    how.covariance = options.covariance != "none";
    how.solver = options.solver == "cg"      ? process::RobustSolver::conjugate_gradients
                 : options.solver == "dense" ? process::RobustSolver::dense
                                             : process::RobustSolver::automatic;
    const network::Network network = read_network(options.robust.network, context);
    const process::TrainingData training = read_training(options.robust.data, *options.robust.train, context);
    const process::TestData test = read_test(training, *options.robust.test, context);
    const kernel::JacobianNetwork limit = kernel::make_jacobian_network(network, training.x.n_cols);
    kernel::require_jacobian_ntk(limit);

    process::RobustData data = robust_data(training);
    const std::size_t height = data.x.n_cols + 1;
    arma::mat test_start;
    if (options.start_train) {
        data.start = read_start(*options.start_train, data.x.n_rows, height, context);
        test_start = read_start(*options.start_test, test.x.n_rows, height, context);
    }
    const process::RobustFit fit = process::fit_robust(limit, data, how, context.memory(), context.monitor());
    check_rate(how, fit, options.force);
    warn_of_rounding(fit, data, how.ridge, asks_for_the_end(how), context);
    const process::CovarianceKind kind = options.covariance == "diag"    ? process::CovarianceKind::diagonal
                                         : options.covariance == "block" ? process::CovarianceKind::block
                                                                         : process::CovarianceKind::none;
    std::vector<process::RobustPrediction> predictions = process::predict_robust(
        limit, data, how, fit, training.x_units.apply(test.x), test_start, kind, context.monitor());
    for (process::RobustPrediction& prediction : predictions)
        undo(units_of(training), prediction);
    require_finite(predictions);

    if (options.plot) draw(how, predictions, *options.plot);
    if (options.model_out)
        process::write_robust_model(context.file(*options.model_out), model_of(network, how, data, fit, training),
                                    context.head("limsym/jac-model@1"));
    if (context.result_format() == data::Format::csv) {
        write_table(how, predictions, context);
        return 0;
    }
    context.out()(data::to_text(fit_record(options, fit, training, network, how.tolerance, context)) + "\n");
    write_records(how, predictions, context);
    return 0;
}

} // namespace

cli::Command regress_command() {
    const auto options = std::make_shared<Options>();
    cli::Command command("regress", "predictions of f and its gradient after training with a Jacobian penalty");
    command.describe(
        "The loss is (1/2N) sum_i [(f(x_i) - y_i)^2 + lambda |grad f(x_i)|^2]. In the limit of infinite width "
        "training is a linear differential equation; it is solved at the times of --time, or at the steps of "
        "gradient descent of --gd, for f and its gradient at the rows of --test: the mean over "
        "initialisations, or the trajectory from z_0 = (f, grad f) given by --z0-train and --z0-test.");
    command.describe(
        "Fact: if S = kappa^2 Lam^(1/2) Theta Lam^(1/2) has full rank and lambda > 0, the predictor at infinite "
        "time does not depend on lambda: it meets y with zero gradient at every training point. lambda acts "
        "through time, or through --ridge.");
    command.describe(
        "The first record, limsym/jac-fit@1, holds the spectrum of S: extremes, condition, whether the "
        "smallest eigenvalue is above rounding, the numerical rank, and 2N/D_max, the largest stable learning "
        "rate. The penalty lives in the coordinates after --standardise, which is undone on output; z_0 is "
        "in the network's own coordinates.");
    command.example(
        "jac-ntk regress --net net.json --train a.csv --test b.csv --target y --lambda 0.01 --time 10,100,1000 "
        "--cov diag",
        "three times, with variances over initialisations");
    command.example("jac-ntk regress --activation gelu --depth 2 --train a.csv --test b.csv --target y --gd 0.5:10,100",
                    "gradient descent, after 10 and 100 steps");
    RobustCommandOptions& robust = options->robust;
    declare_rows(command, robust, true);
    declare(command, robust);
    command.text(options->descent, "--gd", "LR:STEPS[,STEPS]", "gradient descent in place of --time");
    command.flag(options->force, "--force", "go on with a learning rate above the stable one");
    command.input(options->start_train, "--z0-train",
                  "f and its gradient at the training rows before training, n x (d+1)");
    command.input(options->start_test, "--z0-test", "the same at the test rows");
    command.choice(options->covariance, "--cov", {"none", "diag", "block"},
                   "covariance over initialisations: none, variances, or (d+1) x (d+1) blocks");
    command.group("Solution");
    command.choice(options->solver, "--solver", {"auto", "dense", "cg"},
                   "all eigenvalues, or products with the kernel alone (64 n^2 bytes); auto: dense while it fits "
                   "--max-memory");
    command.number(options->tolerance, "--tol", "V", cli::Range::open(0, 1), "relative residual of --solver cg")
        .default_text = "1e-10";
    command.output(options->model_out, "--model-out", "the trained network, limsym/jac-model@1, for attack");
    command.plot(options->plot, "f at the test rows against time, with two standard deviations under --cov diag");
    command.results({data::Format::ndjson, data::Format::csv});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
