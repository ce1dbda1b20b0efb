#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "heavy_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/data/table.hpp"
#include "limsym/process/model.hpp"
#include "limsym/stable/law.hpp"
#include "limsym/stable/posterior.hpp"
#include "row_output.hpp"

namespace limsym::tools {

namespace {

struct PosteriorCommandOptions {
    HeavyOptions heavy;
    std::optional<std::string> train;
    std::string target;
    std::string features;
    double noise = 0.0;
    std::string method = "is";
    std::size_t count = 4000;
    std::size_t particles = 4096;
    std::vector<double> quantiles{0.05, 0.5, 0.95};
    std::optional<std::string> plot;
    std::vector<std::string> files;
};

/// "q05" of 0.05, "q2.5" of 0.025
std::string quantile_name(double p) {
    const double percent = std::round(1e8 * p) / 1e6;
    const std::string text = base::number_text(percent);
    return "q" + std::string(percent < 10 ? "0" : "") + text;
}

/// @throws InputError when two would have one name
std::vector<std::string> quantile_names(const std::vector<double>& quantiles) {
    std::vector<std::string> names;
    for (const double p : quantiles) {
        names.push_back(quantile_name(p));
        if (std::count(names.begin(), names.end(), names.back()) > 1)
            throw base::InputError("--quantiles", names.back() + " is asked for twice; expected every quantile once");
    }
    return names;
}

data::Plot fit_plot(const process::TrainingData& train, const arma::mat& x, const stable::Posterior& posterior,
                    const std::vector<double>& quantiles) {
    const bool curve = x.n_cols == 1 && x.n_rows > 1;
    arma::uvec order = arma::regspace<arma::uvec>(0, x.n_rows - 1);
    if (curve) order = arma::sort_index(x.col(0));
    data::Plot plot;
    plot.title = "posterior";
    plot.x_label = curve ? train.features.at(0) : "row";
    plot.y_label = train.targets.at(0);
    const auto low = static_cast<arma::uword>(std::min_element(quantiles.begin(), quantiles.end()) - quantiles.begin());
    const auto high =
        static_cast<arma::uword>(std::max_element(quantiles.begin(), quantiles.end()) - quantiles.begin());
    data::Series band;
    band.kind = data::Series::Kind::band;
    band.title = base::number_text(quantiles[low]) + " to " + base::number_text(quantiles[high]);
    data::Series line;
    line.title = "mean";
    for (const arma::uword i : order) {
        const double at = curve ? x(i, 0) : static_cast<double>(i);
        band.x.push_back(at);
        band.y.push_back(posterior.quantiles(i, low));
        band.y_upper.push_back(posterior.quantiles(i, high));
        line.x.push_back(at);
        line.y.push_back(posterior.mean(i));
    }
    plot.series = {std::move(band), std::move(line)};
    if (curve) {
        data::Series points;
        points.kind = data::Series::Kind::points;
        points.title = "data";
        points.x = arma::conv_to<std::vector<double>>::from(train.x.col(0));
        points.y = arma::conv_to<std::vector<double>>::from(train.y.col(0));
        plot.series.push_back(std::move(points));
    }
    return plot;
}

void write_table(const stable::Posterior& posterior, const std::vector<std::string>& names, cli::Context& context) {
    std::vector<std::string> columns{"i", "mean", "sd"};
    columns.insert(columns.end(), names.begin(), names.end());
    const arma::uword m = posterior.mean.n_elem;
    arma::mat table(m, 3, arma::fill::none);
    for (arma::uword i = 0; i < m; ++i)
        table(i, 0) = static_cast<double>(i);
    table.col(1) = posterior.mean;
    table.col(2) = posterior.sd;
    RowOutput output(columns, std::nullopt, context);
    output.rows(arma::join_rows(table, posterior.quantiles));
    output.finish();
}

void write_document(const PosteriorCommandOptions& options, const stable::Posterior& posterior,
                    const std::vector<std::string>& names, cli::Context& context) {
    const auto list = [](const arma::vec& values) { return arma::conv_to<std::vector<double>>::from(values); };
    data::Json record = context.head("limsym/stable-posterior@1");
    record["options"] = {{"noise", options.noise},
                         {"count", options.count},
                         {"particles", options.particles},
                         {"quantiles", options.quantiles},
                         {"param", options.heavy.param}};
    record["convention"] = stable::convention;
    record["method"] = posterior.exact ? "exact" : "is";
    record["count"] = posterior.count;
    record["ess"] = posterior.ess ? data::Json(*posterior.ess) : data::Json();
    record["rhat"] = nullptr;
    record["log_evidence"] = posterior.log_evidence;
    record["integrated"] = posterior.integrated;
    data::Json index = data::Json::array();
    for (arma::uword i = 0; i < posterior.mean.n_elem; ++i)
        index.push_back(i);
    record["i"] = std::move(index);
    record["mean"] = list(posterior.mean);
    record["sd"] = list(posterior.sd);
    for (std::size_t q = 0; q < names.size(); ++q)
        record[names[q]] = list(posterior.quantiles.col(q));
    context.write(record);
}

int run(const PosteriorCommandOptions& options, cli::Context& context) {
    if (options.method == "mcmc") throw base::InputError("--method", "mcmc is not supported; expected is");
    const std::vector<std::string> names = quantile_names(options.quantiles);
    const stable::HeavyNetwork network = read_heavy_network(options.heavy, context);
    const process::TrainingData train = process::training_data(
        data::read_table(context.source(*options.train)), options.target, options.features, process::Standardise::none);
    if (train.targets.size() != 1)
        throw base::InputError("--target", std::to_string(train.targets.size()) + " columns; expected one");
    const arma::mat x = process::test_data(data::read_table(context.source(options.files[0])), train).x;
    stable::PosteriorOptions how;
    how.noise = options.noise;
    how.count = options.count;
    how.particles = options.particles;
    how.quantiles = options.quantiles;
    how.seed = context.seed();
    const auto m = static_cast<double>(options.particles);
    const double cost = m * static_cast<double>(network.layers.size()) *
                        (network.layers.size() > 2 ? m : static_cast<double>(options.count));
    if (cost > 1e12)
        throw base::InputError("--particles", "the draws need " + base::number_text(cost) +
                                                  " random numbers, more than 1e12; expected fewer");
    context.memory().require(stable::posterior_bytes(train.x.n_rows, x.n_rows, how), "the posterior draws");
    const stable::Posterior posterior = stable::posterior(network, train.x, train.y.col(0), x, how, context.monitor());
    if (posterior.ess && *posterior.ess < 50)
        context.warn("the effective sample size is " + base::number_text(std::round(*posterior.ess)) +
                     "; more draws (--count) are needed before the result can be trusted");
    if (context.result_format() == data::Format::json)
        write_document(options, posterior, names, context);
    else
        write_table(posterior, names, context);
    if (options.plot)
        context.at_commit([plot = fit_plot(train, x, posterior, options.quantiles), file = *options.plot] {
            data::write_plot(file, plot);
        });
    return 0;
}

} // namespace

cli::Command posterior_command() {
    const auto options = std::make_shared<PosteriorCommandOptions>();
    cli::Command command("posterior", "regression with the limit of a heavy-tailed network as prior");
    command.describe("y = f(x) + noise with f a node of the wide network. A stable law is a Gaussian one with a random "
                     "scale at every atom: the scales are drawn from the prior, the draws weighted by the likelihood, "
                     "and each gives a Gaussian posterior. Written are mean, standard deviation and quantiles of the "
                     "mixture for the latent f at the rows of TEST.");
    command.describe("ess is the effective number of draws; below 50 a warning is given. The record says which "
                     "randomness was integrated: with two dense layers the hidden layer is drawn anew every time; "
                     "deeper networks have one population of particles.");
    command.example(
        "stable-limit posterior --net net.json --train d.csv --target y --noise 0.1 --plot fit.svg grid.csv",
        "a table of predictions and a picture");
    declare(command, options->heavy);
    command.group("Data");
    command.input(options->train, "--train", "training table").required = true;
    command.text(options->target, "--target", "COL", "column of y, by name or number").required = true;
    command.text(options->features, "--features", "COL[,COL]", "columns of x (all that are not the target)");
    command.number(options->noise, "--noise", "S", cli::Range::closed(1e-150, 1e150), "standard deviation of the noise")
        .required = true;
    command.group("Inference");
    command.choice(options->method, "--method", {"is", "mcmc"}, "importance sampling (mcmc is not supported yet)");
    command.integer(options->count, "--count", "N", 1, 1'000'000'000, "draws").short_name = "-n";
    command.integer(options->particles, "--particles", "M", 1, 1'000'000'000, "particles of a hidden layer");
    command.numbers(options->quantiles, "--quantiles", "LIST", cli::Range::open(0.0, 1.0), "quantiles of f");
    command.plot(options->plot, "the posterior over one feature, with the data");
    command.operands(options->files, 1, 1, "TEST", "inputs at which f is wanted");
    command.results({data::Format::csv, data::Format::json});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
