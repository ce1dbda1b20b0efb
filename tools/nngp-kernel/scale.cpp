#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/process/scale_posterior.hpp"
#include "regression_options.hpp"

namespace limsym::tools {

namespace {

/// Beyond it the posterior is narrower than the spacing of doubles.
constexpr std::size_t largest_n = 1'000'000'000'000'000;

struct ScaleCommandOptions {
    std::optional<double> d;
    std::optional<std::size_t> n;
    ScaleOptions scale;
    std::optional<std::string> draws;
    std::optional<std::string> weights_out;
    std::optional<std::string> plot;
};

std::vector<double> read_draws(const std::string& file, cli::Context& context) {
    const arma::mat column = data::read_matrix(context.source(file));
    if (column.n_cols != 1)
        throw base::InputError(file, std::to_string(column.n_cols) + " columns; expected one column of draws of s");
    for (const double s : column)
        if (!(s > 0.0)) throw base::InputError(file, base::number_text(s) + " is out of range; expected s > 0");
    return {column.begin(), column.end()};
}

void write_weights(const std::string& file, const process::ScaleLaw& law, cli::Context& context) {
    arma::mat weights(law.s.size(), 1, arma::fill::none);
    for (std::size_t j = 0; j < law.s.size(); ++j)
        weights(j, 0) = std::exp(law.log_weights[j]);
    const data::Format format = data::format_of_name(file).value_or(data::Format::csv);
    if (format == data::Format::h5)
        context.at_commit([file, weights] {
            data::Hdf5Content content;
            content.matrices["/weights"] = weights;
            data::write_hdf5(file, content);
        });
    else
        data::write_matrix(context.file(file), format, weights);
}

/// Density of s between its 0.1 % and 99.9 % quantiles; a law of few points as bars.
data::Plot density_plot(const process::ScaleLaw& law, const process::ScalePrior& prior) {
    data::Plot plot;
    plot.title = "posterior of s";
    plot.x_label = "s";
    plot.y_label = "density";
    data::Series posterior;
    posterior.title = "posterior";
    if (!law.continuous) {
        plot.y_label = "probability";
        posterior.kind = data::Series::Kind::bars;
        std::vector<std::pair<double, double>> atoms;
        for (std::size_t j = 0; j < law.s.size(); ++j)
            atoms.emplace_back(law.s[j], std::exp(law.log_weights[j]));
        std::sort(atoms.begin(), atoms.end());
        for (const auto& [s, weight] : atoms) {
            posterior.x.push_back(s);
            posterior.y.push_back(weight);
        }
        plot.series.push_back(std::move(posterior));
        return plot;
    }
    const double step = std::log(law.s[1] / law.s[0]);
    const double low = law.quantile(0.001);
    const double high = law.quantile(0.999);
    data::Series before;
    before.title = process::to_text(prior);
    for (std::size_t j = 0; j < law.s.size(); ++j) {
        if (law.s[j] < low || law.s[j] > high) continue;
        posterior.x.push_back(law.s[j]);
        posterior.y.push_back(std::exp(law.log_weights[j]) / (step * law.s[j]));
        before.x.push_back(law.s[j]);
        before.y.push_back(std::exp(process::log_density(prior, std::log(law.s[j]))));
    }
    plot.series.push_back(std::move(posterior));
    plot.series.push_back(std::move(before));
    return plot;
}

int run(const ScaleCommandOptions& options, cli::Context& context) {
    check_inference(options.scale, "--inference");
    const bool importance = options.scale.random();
    if (options.draws && !importance)
        throw base::InputError("--draws", "are used by importance sampling; expected --inference is as well");
    if (options.draws && options.scale.samples)
        throw base::InputError("--samples", "the number of draws is that of --draws; expected one of the two");
    if (options.draws && options.scale.proposal)
        throw base::InputError("--proposal", "--draws come from the prior; expected one of the two");
    const process::ScalePrior prior = read_scale_prior(options.scale.prior, context);
    const auto n = static_cast<double>(*options.n);
    require_memory(options.scale, context);
    process::ImportanceOptions sampling = options.scale.importance(context.seed());
    if (options.draws) sampling.draws = read_draws(*options.draws, context);
    const process::ScaleLaw law = importance ? process::scale_posterior_by_importance(prior, *options.d, n, sampling)
                                             : process::scale_posterior(prior, *options.d, n);
    if (!std::isfinite(law.log_integral))
        throw base::WorkError("the evidence of " + process::to_text(prior) + " underflows: no s explains the data");
    data::Json record = context.head("limsym/scale-posterior@1");
    if (importance && !options.draws) record["seed"] = context.seed();
    data::Json& shaped = record["options"] = data::Json::object();
    shaped["scale_prior"] = process::to_text(prior);
    shaped["inference"] = options.scale.inference;
    if (importance && options.draws) {
        shaped["draws"] = *options.draws;
    } else if (importance) {
        shaped["samples"] = options.scale.sample_count();
        shaped["proposal"] = options.scale.proposal_name();
    }
    record["d"] = *options.d;
    record["n"] = *options.n;
    record["scale_prior"] = process::to_json(prior);
    record["inference"] = options.scale.inference;
    record["log_integral"] = law.log_integral;
    const data::Json summary = process::to_json(law);
    for (const auto& [key, value] : summary.items())
        record[key] = value;
    context.write(record);
    if (options.weights_out) write_weights(*options.weights_out, law, context);
    if (options.plot)
        context.at_commit([plot = density_plot(law, prior), file = *options.plot] { data::write_plot(file, plot); });
    return judge_sample_size(law.effective_sample_size, options.scale, context);
}

} // namespace

cli::Command scale_command() {
    const auto options = std::make_shared<ScaleCommandOptions>();
    cli::Command command("scale", "posterior of the scale s from d and N alone");
    command.describe("The data enter the posterior of s through d = y'A^-1 y and N = rows x outputs only, which fit "
                     "prints: other priors need no other fit. log_integral is the log of the integral of s^(-N/2) "
                     "exp(-d/(2s)) h(s) over the prior h.");
    command.example("nngp-kernel scale --d 38.5 --n 25 --scale-prior burr12:c=2,d=1", "mean, sd and quantiles of s");
    command
        .number(options->d, "--d", "D", cli::Range::not_negative(),
                "sum over outputs of y'A^-1 y, A = K + noise; fit prints it as d")
        .required = true;
    command
        .integer(options->n, "--n", "N", 0, largest_n,
                 "number of target values, rows times outputs: n times outputs of what fit prints")
        .required = true;
    declare_prior(command, options->scale);
    declare_inference(command, options->scale, "--inference");
    command.input(options->draws, "--draws",
                  "with --inference is, take these draws of s from the prior (one column) instead of making some");
    command.output(options->weights_out, "--weights-out",
                   "write the normalised weights of the quadrature points or draws, in order");
    command.plot(options->plot, "the density of the posterior");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
