#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "common/network_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/data/kernel_document.hpp"
#include "limsym/process/evidence_gradient.hpp"
#include "limsym/process/model.hpp"
#include "model_output.hpp"
#include "regression_options.hpp"

namespace limsym::tools {

namespace {

struct FitOptions {
    NetworkOptions network;
    std::optional<std::string> kernel;
    std::optional<std::string> which;
    DataOptions data;
    NoiseOptions noise;
    ScaleOptions scale;
    bool gradient = false;
    std::optional<std::string> model_out;
    std::vector<std::string> files;
};

arma::mat read_kernel(const FitOptions& options, std::size_t rows, cli::Context& context) {
    data::GramMatrix gram = data::read_gram(context.source(*options.kernel), options.which, context.memory());
    if (gram.values.n_rows != rows || gram.values.n_cols != rows)
        throw base::InputError(*options.kernel, std::to_string(gram.values.n_rows) + " x " +
                                                    std::to_string(gram.values.n_cols) + " numbers; expected " +
                                                    std::to_string(rows) + " x " + std::to_string(rows) +
                                                    ", one row and column a row of " + options.files[0]);
    return data::scaled_values(std::move(gram), *options.kernel);
}

process::Model fit_model(const FitOptions& options, cli::Context& context) {
    if (options.network.given() == options.kernel.has_value())
        throw base::InputError("--net", options.kernel
                                            ? "the kernel is given by --kernel already; expected one of the two"
                                            : "is missing; expected a network (--net, --activation) or "
                                              "--kernel FILE");
    if (options.kernel) refuse_shorthand(options.network, "--kernel");
    if (!options.kernel && options.which)
        throw base::InputError("--which", "picks a matrix of --kernel FILE, which is missing");
    process::Model model;
    require_memory(options.scale, context);
    model.options = regression_options(options.noise, options.scale, context);
    if (!options.kernel) model.network = read_network(options.network, context);
    model.training = read_training(options.data, options.files[0], context);
    const std::size_t rows = model.training.y.n_rows;
    context.memory().require(process::regression_bytes(rows, model.options), "the covariance matrix");
    if (options.kernel) {
        model.kernel = read_kernel(options, rows, context);
        model.training.x.set_size(rows, 0);
        model.training.features.clear();
        model.training.feature_index.clear();
        model.training.measure();
    }
    const arma::mat x = model.training.working_x();
    model.fit = process::fit_regression(
        model.network ? process::kernel_of(*model.network, x, context.monitor()) : process::kernel_of(model.kernel),
        model.training.working_y(), x, model.options, options.files[0], context.monitor());
    return model;
}

data::Json gradient_record(process::Model& model, bool keep_factor, cli::Context& context) {
    if (model.fit.noise_model == process::NoiseModel::fixed)
        throw base::InputError("--gradient", "works with --noise-model scaled only");
    const process::EvidenceGradient gradient = process::evidence_gradient(
        model.fit, keep_factor ? model.fit.factor : std::move(model.fit.factor),
        model.network ? &*model.network : nullptr, model.training.working_x(), context.monitor());
    data::Json record = data::Json::object();
    if (gradient.log_sigma_w) record["log_sigma_w"] = *gradient.log_sigma_w;
    if (gradient.log_sigma_b) record["log_sigma_b"] = *gradient.log_sigma_b;
    record["log_noise"] = gradient.log_noise;
    if (gradient.log_alpha) record["log_alpha"] = *gradient.log_alpha;
    if (gradient.log_beta) record["log_beta"] = *gradient.log_beta;
    return record;
}

data::Json fit_record(const process::Model& model, const FitOptions& options, cli::Context& context) {
    const process::RegressionFit& fit = model.fit;
    data::Json record = context.head("limsym/nngp-fit@1");
    if (options.scale.random()) record["seed"] = context.seed();
    data::Json& shaped = record["options"] = data::Json::object();
    append_options(shaped, options.data, options.noise, options.scale, model.options);
    record["n"] = fit.rows;
    record["outputs"] = fit.outputs;
    record["features"] = model.training.features;
    record["targets"] = model.training.targets;
    record["network_sha256"] =
        model.network ? data::Json(network::network_sha256(*model.network)) : data::Json(nullptr);
    record["noise"] = fit.noise;
    record["noise_model"] = options.noise.model;
    record["jitter"] = fit.jitter;
    record["log_evidence"] = fit.log_evidence;
    record["d"] = fit.d;
    record["logdet"] = fit.logdet;
    record["scale_prior"] = process::to_json(model.options.prior);
    record["scale_posterior"] = process::to_json(fit.scale.law);
    const double condition = process::condition_estimate(fit);
    record["cond_estimate"] = std::isfinite(condition) ? data::Json(condition) : data::Json(nullptr);
    if (!std::isfinite(condition)) record["cond_estimate_reason"] = "the covariance is singular";
    return record;
}

int run(const FitOptions& options, cli::Context& context) {
    const ModelOutput output(options.model_out, context);
    const auto model = std::make_shared<process::Model>(fit_model(options, context));
    data::Json record = fit_record(*model, options, context);
    output.write(model);
    if (options.gradient) record["evidence_gradient"] = gradient_record(*model, output.keeps_factor(), context);
    context.write(record);
    return judge_sample_size(model->fit.scale.law.effective_sample_size, options.scale, context);
}

} // namespace

cli::Command fit_command() {
    const auto options = std::make_shared<FitOptions>();
    cli::Command command("fit", "fit a Gaussian, Student-t or general scale-mixture process to a table");
    command.describe(
        "Exact Bayesian regression with the process that an infinitely wide network defines. The last "
        "layer's weight variance s has the prior --scale-prior: a point gives a Gaussian process, "
        "inverse_gamma a Student-t process, any other prior an exact scale mixture. Noise is relative to s "
        "unless --noise-model fixed.");
    command.example("nngp-kernel fit --activation relu --depth 3 --target y --noise 0.05 --model-out m.json train.csv",
                    "a Gaussian process, its evidence, and a model for predict");
    command.example("nngp-kernel fit --net net.json --target y --scale-prior inverse_gamma:alpha=2,beta=2 train.csv",
                    "a Student-t process");
    declare(command, options->network);
    command.input(options->kernel, "--kernel", "kernel matrix of the rows of TRAIN, in place of a network");
    command.choice(options->which, "--which", {"nngp", "ntk"}, "which kernel of a --kernel document that holds both")
        .default_text = "nngp";
    declare(command, options->data);
    declare(command, options->noise);
    declare_prior(command, options->scale);
    declare_inference(command, options->scale, "--scale-inference");
    command.group("Output");
    command.flag(options->gradient, "--gradient",
                 "add the derivatives of the log evidence by log sigma_w, log sigma_b, log noise and, for "
                 "inverse_gamma, log alpha and log beta");
    command.output(options->model_out, "--model-out", "model for predict and sample: .json, or .h5 with the factor");
    command.operands(options->files, 1, 1, "TRAIN", "table of features and targets");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
