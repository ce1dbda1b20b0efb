#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "common/network_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/csv.hpp"
#include "limsym/data/table.hpp"
#include "limsym/process/classification.hpp"
#include "limsym/process/model.hpp"
#include "model_output.hpp"
#include "regression_options.hpp"

namespace limsym::tools {

namespace {

struct ClassifyFitOptions {
    NetworkOptions network;
    DataOptions data;
    std::string likelihood = "onehot";
    NoiseOptions noise;
    ScaleOptions scale;
    std::optional<std::string> model_out;
    std::vector<std::string> files;
};

void check_likelihood(const std::string& likelihood) {
    if (likelihood == "onehot") return;
    if (likelihood == "dirichlet" || likelihood == "softmax")
        throw base::InputError("--likelihood", likelihood + " is not supported yet; expected onehot");
    throw base::InputError("--likelihood", base::quoted(likelihood) + " is unknown; expected onehot");
}

process::TrainingData read_labelled(const ClassifyFitOptions& options, cli::Context& context) {
    data::TableOptions reading;
    reading.text_columns = options.data.target;
    const std::string& file = options.files[0];
    process::TrainingData training = process::class_training_data(
        data::read_table(context.source(file), reading), options.data.target, options.data.features,
        process::parse_standardise(options.data.standardise, "--standardise"), options.data.unit_norm);
    for (const std::size_t column : training.x_units.constant)
        context.warn(file + ": column " + base::quoted(training.features[column]) + " is constant; it is taken as 0");
    return training;
}

data::Json fit_record(const process::Model& model, const ClassifyFitOptions& options, cli::Context& context) {
    const process::RegressionFit& fit = model.fit;
    data::Json record = context.head("limsym/classify-fit@1");
    data::Json& shaped = record["options"] = data::Json::object();
    shaped["target"] = options.data.target;
    if (!options.data.features.empty()) shaped["features"] = options.data.features;
    shaped["likelihood"] = options.likelihood;
    shaped["standardise"] = options.data.standardise;
    if (options.data.unit_norm) shaped["unit_norm"] = true;
    shaped["noise"] = model.options.noise ? data::Json(*model.options.noise) : data::Json("auto");
    shaped["jitter"] = model.options.jitter.automatic ? data::Json("auto") : data::Json(model.options.jitter.value);
    shaped["scale_prior"] = process::to_text(model.options.prior);
    record["n"] = fit.rows;
    record["classes"] = model.training.classes;
    record["features"] = model.training.features;
    record["network_sha256"] = network::network_sha256(*model.network);
    record["likelihood"] = options.likelihood;
    record["log_evidence"] = fit.log_evidence;
    record["d"] = fit.d;
    record["logdet"] = fit.logdet;
    record["scale_prior"] = process::to_json(model.options.prior);
    record["scale_posterior"] = process::to_json(fit.scale.law);
    record["noise"] = fit.noise;
    record["jitter"] = fit.jitter;
    return record;
}

int run_fit(const ClassifyFitOptions& options, cli::Context& context) {
    check_likelihood(options.likelihood);
    const ModelOutput output(options.model_out, context);
    const auto model = std::make_shared<process::Model>();
    require_memory(options.scale, context);
    model->options = regression_options(options.noise, options.scale, context);
    model->network = read_network(options.network, context);
    model->training = read_labelled(options, context);
    context.memory().require(process::regression_bytes(model->training.y.n_rows, model->options),
                             "the covariance matrix");
    const arma::mat x = model->training.working_x();
    model->fit =
        process::fit_regression(process::kernel_of(*model->network, x, context.monitor()), model->training.working_y(),
                                x, model->options, options.files[0], context.monitor());
    output.write(model);
    context.write(fit_record(*model, options, context));
    return 0;
}

struct ClassifyPredictOptions {
    std::optional<std::string> model;
    std::string kind = "latent";
    std::vector<std::string> files;
};

/// What is printed of one table.
struct Labelled {
    process::ClassPrediction prediction;
    std::vector<std::string> classes;
    bool has_y = false;
    std::vector<std::size_t> y;
    arma::vec logpdf;
};

Labelled predict_table(const ClassifyPredictOptions& options, cli::Context& context) {
    const process::Model model = process::read_model(context.source(*options.model).file, context.memory(),
                                                     context.monitor(), process::ModelKind::classification);
    data::TableOptions reading;
    reading.allow_no_rows = true;
    reading.text_columns = model.training.targets[0];
    const process::TestData test =
        process::class_test_data(data::read_table(context.source(options.files[0]), reading), model.training);
    const arma::mat x = model.training.working_x();
    const arma::mat points = model.training.x_units.apply(test.x);
    Labelled result;
    result.classes = model.training.classes;
    result.prediction = process::predict_classes(model.fit, process::test_kernel(*model.network, x, points),
                                                 options.kind == "observed" ? process::PredictionKind::observed
                                                                            : process::PredictionKind::latent,
                                                 context.monitor());
    result.has_y = test.y.n_cols == 1;
    if (!result.has_y) return result;
    for (const double number : test.y)
        result.y.push_back(static_cast<std::size_t>(number));
    result.logpdf = process::one_hot_log_density(model.fit, result.prediction, result.y);
    return result;
}

void append_cell(std::string& line, double value) {
    line += ',';
    if (std::isfinite(value)) base::append_number(line, value);
}

void write_csv(const Labelled& result, const base::ByteSink& out) {
    const process::ClassPrediction& prediction = result.prediction;
    std::string text = "label";
    for (const char* prefix : {"p_", "mean_"})
        for (const std::string& name : result.classes) {
            text += ',';
            data::append_csv_cell(text, prefix + name);
        }
    text += result.has_y ? ",variance,entropy,y,logpdf\n" : ",variance,entropy\n";
    for (std::size_t i = 0; i < prediction.label.size(); ++i) {
        data::append_csv_cell(text, result.classes[prediction.label[i]]);
        for (const arma::mat* values : {&prediction.probability, &prediction.mean})
            for (std::size_t c = 0; c < result.classes.size(); ++c)
                append_cell(text, (*values)(i, c));
        append_cell(text, prediction.variance(i));
        append_cell(text, prediction.entropy(i));
        if (result.has_y) {
            text += ',';
            data::append_csv_cell(text, result.classes[result.y[i]]);
            append_cell(text, result.logpdf(i));
        }
        text += '\n';
        if (text.size() > (1U << 16U)) {
            out(text);
            text.clear();
        }
    }
    out(text);
}

/// A list of numbers; null where one does not exist, and then a reason beside it.
void put_numbers(data::Json& record, const std::string& name, const arma::vec& values, const std::string& reason) {
    std::vector<data::Json> list;
    bool complete = true;
    for (const double value : values) {
        list.push_back(std::isfinite(value) ? data::Json(value) : data::Json(nullptr));
        complete = complete && std::isfinite(value);
    }
    record[name] = std::move(list);
    if (!complete) record[name + "_reason"] = reason;
}

data::Json rows_of(const arma::mat& values) {
    data::Json rows = data::Json::array();
    for (arma::uword i = 0; i < values.n_rows; ++i)
        rows.push_back(arma::conv_to<std::vector<double>>::from(values.row(i)));
    return rows;
}

data::Json names_of(const std::vector<std::size_t>& numbers, const std::vector<std::string>& classes) {
    data::Json names = data::Json::array();
    for (const std::size_t number : numbers)
        names.push_back(classes[number]);
    return names;
}

data::Json prediction_record(const Labelled& result, const ClassifyPredictOptions& options, cli::Context& context) {
    const process::ClassPrediction& prediction = result.prediction;
    data::Json record = context.head("limsym/class-predictions@1");
    record["options"] = {{"kind", options.kind}};
    record["kind"] = options.kind;
    record["rows"] = prediction.label.size();
    record["classes"] = result.classes;
    record["label"] = names_of(prediction.label, result.classes);
    record["p"] = rows_of(prediction.probability);
    record["mean"] = rows_of(prediction.mean);
    put_numbers(record, "variance", prediction.variance, "the mean of s given the data is infinite");
    record["entropy"] = arma::conv_to<std::vector<double>>::from(prediction.entropy);
    if (result.has_y) {
        record["y"] = names_of(result.y, result.classes);
        put_numbers(record, "logpdf", result.logpdf, "a latent value without variance has no density");
    }
    return record;
}

int run_predict(const ClassifyPredictOptions& options, cli::Context& context) {
    const Labelled result = predict_table(options, context);
    if (context.result_format() == data::Format::json) {
        context.write(prediction_record(result, options, context));
    } else {
        write_csv(result, context.out());
    }
    return 0;
}

} // namespace

cli::Command classify_fit_command() {
    const auto options = std::make_shared<ClassifyFitOptions>();
    cli::Command command("classify fit", "fit a classifier: regression on one-hot targets that share the scale s");
    command.describe("Every class is one output of the process that the network defines; targets are 0 and 1, and all "
                     "outputs share the variance s of the last layer. Labels may be numbers or text.");
    command.example("nngp-kernel classify fit --activation relu --depth 2 --target label --scale-prior "
                    "inverse_gamma:alpha=2,beta=2 --model-out c.json train.csv",
                    "a Student-t classifier, its evidence, and a model for classify predict");
    declare(command, options->network);
    command.group("Data");
    command.text(options->data.target, "--target", "COL", "column of labels, by name or 1-based number").required =
        true;
    command.text(options->data.features, "--features", "COL[,COL]",
                 "feature columns, by name or 1-based number; all that are not the target when left out");
    command
        .choice(options->data.standardise, "--standardise", {"none", "x"},
                "bring features to mean 0 and standard deviation 1")
        .other_names = {"--standardize"};
    declare_unit_norm(command, options->data);
    command.group("Model");
    command.text(options->likelihood, "--likelihood", "onehot", "how labels become targets");
    command.text(options->noise.noise, "--noise", "V|auto",
                 "noise variance relative to s; auto maximises the evidence over 1e-8 to 1e2");
    command.text(options->noise.jitter, "--jitter", "V|auto",
                 "added to the diagonal of K besides the noise; auto: the smallest of 0, 1e-12 ... 1e-6 times the mean "
                 "diagonal that works");
    declare_prior(command, options->scale);
    command.group("Output");
    command.output(options->model_out, "--model-out", "model for classify predict: .json, or .h5 with the factor");
    command.operands(options->files, 1, 1, "TRAIN", "table of features and labels");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run_fit(*options, context); });
    return command;
}

cli::Command classify_predict_command() {
    const auto options = std::make_shared<ClassifyPredictOptions>();
    cli::Command command("classify predict", "class probabilities, means, variances and entropies from a fitted model");
    command.describe("One row a row of TEST: the label (class of the largest mean), the probability that each class "
                     "exceeds all others, the means, the variance that all classes share, and the entropy of the "
                     "probabilities in nats; y and the joint log density of its one-hot vector when TEST has the "
                     "column of labels.");
    command.example("nngp-kernel classify predict --model c.json test.csv", "labels and probabilities as CSV");
    command.input(options->model, "--model", "model that classify fit wrote").required = true;
    command.choice(options->kind, "--kind", {"latent", "observed"},
                   "what is predicted: the function, or a further target with its noise");
    command.operands(options->files, 1, 1, "TEST", "table of features, and labels if they are known");
    command.results({data::Format::csv, data::Format::json});
    command.run([options](cli::Context& context) { return run_predict(*options, context); });
    return command;
}

} // namespace limsym::tools
