#include "regression_options.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/table.hpp"

namespace limsym::tools {

namespace {

/// A number >= 0; nothing for "auto".
std::optional<double> number_or_auto(const std::string& text, const std::string& option) {
    if (text == "auto") return std::nullopt;
    const auto value = base::parse_number(text);
    if (!value) throw base::InputError(option, base::quoted(text) + " is no number; expected a number >= 0, or auto");
    if (*value < 0.0) throw base::InputError(option, text + " is out of range; expected a number >= 0, or auto");
    return value;
}

} // namespace

process::ImportanceOptions ScaleOptions::importance(std::uint64_t seed) const {
    process::ImportanceOptions result;
    result.samples = sample_count();
    result.proposal = proposal == "prior" ? process::Proposal::prior : process::Proposal::conjugate;
    result.seed = seed;
    return result;
}

void declare_prior(cli::Command& command, ScaleOptions& options) {
    command.text(options.prior, "--scale-prior", "SPEC",
                 "prior of the variance s of the readout's weights: point:V, ml2, inverse_gamma:alpha=,beta=, "
                 "burr12:c=,d=[,scale=], gamma:shape=,rate=, lognormal:mu=,tau= (of log s), half_cauchy:scale= (of "
                 "sqrt s), beta_prime:a=,b=[,scale=], inverse_gaussian:mean=,shape=, discrete:FILE (columns s,weight), "
                 "draws:FILE");
}

void declare_inference(cli::Command& command, ScaleOptions& options, const std::string& option) {
    command.choice(options.inference, option, {"quadrature", "is"},
                   "how integrals over s are done: exactly, or by importance sampling");
    command.integer(options.samples, "--samples", "S", 1, 1'000'000'000, "number of draws of importance sampling")
        .default_text = "1000";
    command
        .choice(options.proposal, "--proposal", {"conjugate", "prior"},
                "what importance sampling draws s from: the normalised likelihood, or the prior")
        .default_text = "conjugate";
    command.number(options.min_ess, "--min-ess", "E", cli::Range::positive(),
                   "with importance sampling, exit status 1 (the result is printed) when the effective sample size is "
                   "smaller");
}

process::ScalePrior read_scale_prior(const std::string& spec, cli::Context& context) {
    for (const char* name : {"discrete:-", "draws:-"})
        if (spec == name) (void)context.source("-");
    return process::parse_scale_prior(spec);
}

void check_inference(const ScaleOptions& options, const std::string& option) {
    if (options.random()) return;
    const auto refuse = [&](bool given, const char* name) {
        if (given) throw base::InputError(name, "belongs to importance sampling; expected " + option + " is as well");
    };
    refuse(options.samples.has_value(), "--samples");
    refuse(options.proposal.has_value(), "--proposal");
    refuse(options.min_ess.has_value(), "--min-ess");
}

void require_memory(const ScaleOptions& options, const cli::Context& context) {
    constexpr std::uint64_t bytes_of_a_draw = 64; // s, log weight, log density, and their sorted copies
    if (options.random())
        context.memory().require(base::saturating_product(options.sample_count(), bytes_of_a_draw),
                                 "importance sampling");
}

int judge_sample_size(std::optional<double> size, const ScaleOptions& options, cli::Context& context) {
    if (!size) return 0;
    if (*size < 100.0)
        context.warn("the effective sample size is " + base::number_text(std::round(10.0 * *size) / 10.0) +
                     "; results rest on few draws of s (try quadrature, or --proposal conjugate)");
    return options.min_ess && *size < *options.min_ess ? 1 : 0;
}

void declare_unit_norm(cli::Command& command, DataOptions& options) {
    command.flag(options.unit_norm, "--unit-norm",
                 "scale every row of features, after --standardise, to Euclidean length 1");
}

void declare(cli::Command& command, DataOptions& options, bool target_required) {
    command.group("Data");
    command.text(options.target, "--target", "COL[,COL]", "target columns, by name or 1-based number").required =
        target_required;
    command.text(options.features, "--features", "COL[,COL]",
                 "feature columns, by name or 1-based number; all that are not targets when left out");
    command
        .choice(options.standardise, "--standardise", {"none", "x", "xy"},
                "bring features, or features and targets, to mean 0 and standard deviation 1; undone on output")
        .other_names = {"--standardize"};
    declare_unit_norm(command, options);
}

process::TrainingData read_training(const DataOptions& options, const std::string& file, cli::Context& context) {
    const data::Table table = data::read_table(context.source(file));
    process::TrainingData training =
        process::training_data(table, options.target, options.features,
                               process::parse_standardise(options.standardise, "--standardise"), options.unit_norm);
    for (const std::size_t column : training.x_units.constant)
        context.warn(file + ": column " + base::quoted(training.features[column]) + " is constant; it is taken as 0");
    return training;
}

void declare(cli::Command& command, NoiseOptions& options) {
    command.group("Model");
    command.text(options.noise, "--noise", "V|auto",
                 "noise variance relative to s; auto maximises the evidence over 1e-8 to 1e2");
    command.choice(options.model, "--noise-model", {"scaled", "fixed"},
                   "Var(y|s) = s(K + noise), or sK + noise: noise that s does not scale");
    command.text(options.jitter, "--jitter", "V|auto",
                 "added to the diagonal of K besides the noise; auto: the smallest of 0, 1e-12 ... 1e-6 times the mean "
                 "diagonal that works");
    command.text(options.solver, "--solver", "auto|cholesky", "how linear systems are solved");
}

process::RegressionOptions regression_options(const NoiseOptions& noise, const ScaleOptions& scale,
                                              cli::Context& context) {
    check_inference(scale);
    process::RegressionOptions result;
    result.noise = number_or_auto(noise.noise, "--noise");
    result.noise_model = noise.model == "fixed" ? process::NoiseModel::fixed : process::NoiseModel::scaled;
    const auto jitter = number_or_auto(noise.jitter, "--jitter");
    result.jitter = {!jitter.has_value(), jitter.value_or(0.0)};
    result.prior = read_scale_prior(scale.prior, context);
    result.importance = scale.importance(context.seed());
    if (scale.inference == "is") result.inference = process::ScaleInference::importance;
    if (result.inference == process::ScaleInference::importance && result.noise_model == process::NoiseModel::fixed)
        throw base::InputError("--scale-inference", "is works with --noise-model scaled only; expected quadrature");
    if (noise.solver != "auto" && noise.solver != "cholesky") {
        for (const char* later : {"cg", "nystrom", "mixed", "scalapack"})
            if (noise.solver == later)
                throw base::InputError("--solver", noise.solver + " is not supported yet; expected auto or cholesky");
        throw base::InputError("--solver", base::quoted(noise.solver) + " is unknown; expected auto or cholesky");
    }
    return result;
}

void append_options(data::Json& options, const DataOptions& data, const NoiseOptions& noise, const ScaleOptions& scale,
                    const process::RegressionOptions& regression) {
    options["target"] = data.target;
    if (!data.features.empty()) options["features"] = data.features;
    options["standardise"] = data.standardise;
    if (data.unit_norm) options["unit_norm"] = true;
    options["noise"] = regression.noise ? data::Json(*regression.noise) : data::Json("auto");
    options["noise_model"] = noise.model;
    options["jitter"] = regression.jitter.automatic ? data::Json("auto") : data::Json(regression.jitter.value);
    options["scale_prior"] = process::to_text(regression.prior);
    options["scale_inference"] = scale.inference;
    if (scale.inference == "is") {
        options["samples"] = scale.sample_count();
        options["proposal"] = scale.proposal_name();
    }
}

} // namespace limsym::tools
