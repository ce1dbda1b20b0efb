#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <string>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/hdf5.hpp"
#include "limsym/data/kernel_document.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/data/plot.hpp"
#include "limsym/data/table.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/process/model.hpp"
#include "limsym/process/prediction.hpp"
#include "limsym/process/prediction_document.hpp"

namespace limsym::tools {

namespace {

struct PredictOptions {
    std::optional<std::string> model;
    std::string kind = "observed";
    std::vector<double> quantiles; ///< empty: not given
    std::optional<std::string> covariance;
    bool no_variance = false;
    std::optional<std::string> kernel;
    std::optional<std::string> which;
    std::optional<std::string> kernel_diagonal;
    std::optional<std::string> plot;
    std::vector<std::string> files;
};

arma::mat given_kernel(const std::string& file, const std::optional<std::string>& which, cli::Context& context) {
    return data::scaled_values(data::read_gram(context.source(file), which, context.memory()), file);
}

/// K(X*, X) and its diagonal for a model without a network.
struct GivenKernels {
    arma::mat cross;
    arma::vec diagonal;
};

GivenKernels read_given_kernels(const PredictOptions& options, const process::Model& model, std::size_t rows,
                                cli::Context& context) {
    if (!options.kernel || !options.kernel_diagonal)
        throw base::InputError(*options.model, "was fitted to a given kernel; expected --kernel (test x training) and "
                                               "--kernel-diagonal");
    GivenKernels given;
    given.cross = given_kernel(*options.kernel, options.which, context);
    if (given.cross.n_rows != rows || given.cross.n_cols != model.fit.rows)
        throw base::InputError(*options.kernel, std::to_string(given.cross.n_rows) + " x " +
                                                    std::to_string(given.cross.n_cols) + " numbers; expected " +
                                                    std::to_string(rows) + " x " + std::to_string(model.fit.rows));
    const arma::mat diagonal = data::read_matrix(context.source(*options.kernel_diagonal));
    if (diagonal.n_elem != rows)
        throw base::InputError(*options.kernel_diagonal,
                               std::to_string(diagonal.n_elem) + " numbers; expected " + std::to_string(rows));
    given.diagonal = arma::vectorise(diagonal);
    return given;
}

void write_covariance(const std::string& file, arma::mat covariance, cli::Context& context) {
    const data::Format format = data::format_of_name(file).value_or(data::Format::csv);
    if (format == data::Format::h5) {
        data::Hdf5Content content;
        content.matrices["/covariance"] = std::move(covariance);
        context.at_commit([file, content] { data::write_hdf5(file, content); });
        return;
    }
    data::write_matrix(context.file(file), format, covariance);
}

data::Plot fan_chart(const process::Prediction& prediction, const process::Model& model, const arma::mat& x) {
    std::vector<std::size_t> order(x.n_rows);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return x(a, 0) < x(b, 0); });
    const auto sorted = [&](const arma::mat& values) {
        std::vector<double> result;
        for (const std::size_t i : order)
            result.push_back(values(i, 0));
        return result;
    };
    data::Plot plot;
    plot.title = "predictive distribution";
    plot.x_label = model.training.features[0];
    plot.y_label = model.training.targets[0];
    for (std::size_t low = 0; low < prediction.probabilities.size(); ++low)
        for (std::size_t high = 0; high < prediction.probabilities.size(); ++high) {
            const double p = prediction.probabilities[low];
            if (p >= 0.5 || std::abs(1.0 - p - prediction.probabilities[high]) > 1e-12) continue;
            data::Series band;
            band.kind = data::Series::Kind::band;
            band.title = process::quantile_name(p) + " to " + process::quantile_name(prediction.probabilities[high]);
            band.x = sorted(x);
            band.y = sorted(prediction.quantiles[low]);
            band.y_upper = sorted(prediction.quantiles[high]);
            plot.series.push_back(std::move(band));
        }
    data::Series mean;
    mean.title = "mean";
    mean.x = sorted(x);
    mean.y = sorted(prediction.mean);
    plot.series.push_back(std::move(mean));
    data::Series training;
    training.kind = data::Series::Kind::points;
    training.title = "training data";
    training.x = arma::conv_to<std::vector<double>>::from(model.training.x.col(0));
    training.y = arma::conv_to<std::vector<double>>::from(model.training.y.col(0));
    plot.series.push_back(std::move(training));
    return plot;
}

/// The quantiles that are wanted, each once.
std::vector<double> wanted_quantiles(const PredictOptions& options) {
    if (options.no_variance && !options.quantiles.empty())
        throw base::InputError("--quantiles", "need the variance; expected no --no-variance");
    if (options.quantiles.empty()) return {0.05, 0.5, 0.95};
    std::set<std::string> names;
    for (const double p : options.quantiles)
        if (!names.insert(process::quantile_name(p)).second)
            throw base::InputError("--quantiles", base::number_text(p) + " is given twice; expected each once");
    return options.quantiles;
}

int run(const PredictOptions& options, cli::Context& context) {
    const std::vector<double> quantiles = wanted_quantiles(options);
    if (options.covariance && options.no_variance)
        throw base::InputError("--cov", "needs the variance; expected no --no-variance");
    if (options.plot && options.no_variance)
        throw base::InputError("--plot", "a fan chart needs the variance; expected no --no-variance");
    const process::Model model =
        process::read_model(context.source(*options.model).file, context.memory(), context.monitor());
    if (options.plot && (!model.network || model.training.features.size() != 1))
        throw base::InputError("--plot", "a fan chart needs a model with one feature; this one has " +
                                             std::to_string(model.training.features.size()));
    if (model.network && (options.kernel || options.kernel_diagonal || options.which))
        throw base::InputError(options.kernel            ? "--kernel"
                               : options.kernel_diagonal ? "--kernel-diagonal"
                                                         : "--which",
                               "is for models fitted to a kernel matrix; " + *options.model + " has a network");
    data::TableOptions reading;
    reading.allow_no_rows = true;
    const data::Table table = data::read_table(context.source(options.files[0]), reading);
    const process::TestData test = process::test_data(table, model.training);
    const arma::mat points = model.training.x_units.apply(test.x);
    const arma::mat x = model.training.working_x();

    GivenKernels given;
    process::TestKernel kernel;
    if (model.network) {
        kernel = process::test_kernel(*model.network, x, points);
    } else {
        given = read_given_kernels(options, model, table.values.n_rows, context);
        kernel = process::test_kernel(given.cross, given.diagonal);
    }
    process::PredictionOptions what;
    what.kind = options.kind == "latent" ? process::PredictionKind::latent : process::PredictionKind::observed;
    what.quantiles = quantiles;
    what.variance = !options.no_variance;
    const process::Prediction prediction =
        process::predict(model.fit, kernel, what, model.training.y_units, test.y, context.monitor());

    if (options.covariance) {
        if (!model.network)
            throw base::InputError("--cov", "needs a model with a network, because K of the test points is not given");
        context.memory().require(base::saturating_product(base::saturating_product(points.n_rows, points.n_rows), 16),
                                 "the covariance of the test points");
        const arma::mat prior =
            points.n_rows == 0 ? arma::mat() : kernel::gram<double>(*model.network, points, {}, context.monitor()).nngp;
        write_covariance(*options.covariance,
                         process::predictive_covariance(model.fit, kernel, prior, what.kind, model.training.y_units),
                         context);
    }
    if (options.plot)
        context.at_commit(
            [plot = fan_chart(prediction, model, test.x), file = *options.plot] { data::write_plot(file, plot); });
    if (context.result_format() == data::Format::json) {
        data::Json record = context.head("limsym/nngp-predictions@1");
        record["options"] = {{"kind", options.kind}, {"quantiles", quantiles}};
        record["kind"] = options.kind;
        process::append_prediction(record, prediction, model.training.targets);
        context.write(record);
    } else {
        const process::PredictionTable result = process::prediction_table(prediction, model.training.targets);
        data::write_csv(context.out(), result.names, result.values);
    }
    return 0;
}

} // namespace

cli::Command predict_command() {
    const auto options = std::make_shared<PredictOptions>();
    cli::Command command("predict", "predict with a fitted model: moments, quantiles, log densities");
    command.describe("One row a row of TEST: mean, sd, degrees of freedom and scale when the law is a Student t, "
                     "quantiles; and y, its log density and z when TEST has the target column. All in original units.");
    command.example("nngp-kernel predict --model m.json --quantiles .025,.5,.975 test.csv",
                    "means, standard deviations and a 95 % interval as CSV");
    command.input(options->model, "--model", "model that fit wrote").required = true;
    command.choice(options->kind, "--kind", {"observed", "latent"},
                   "what is predicted: a further y with its noise, or the function");
    command
        .numbers(options->quantiles, "--quantiles", "P[,P]", cli::Range::open(0, 1),
                 "probabilities of the quantiles to give; p = .05 is column q05")
        .default_text = "0.05,0.5,0.95";
    command.flag(options->no_variance, "--no-variance", "give means alone, which is faster");
    command.output(options->covariance, "--cov", "write the joint covariance matrix of the rows of TEST");
    command.input(options->kernel, "--kernel", "K(TEST, TRAIN), for a model that was fitted to a kernel matrix");
    command.choice(options->which, "--which", {"nngp", "ntk"}, "which kernel of a --kernel document that holds both")
        .default_text = "nngp";
    command.input(options->kernel_diagonal, "--kernel-diagonal", "K(x, x) of the rows of TEST, with --kernel");
    command.plot(options->plot, "a fan chart of the predictions, for a model with one feature");
    command.operands(options->files, 1, 1, "TEST", "table of features, and targets if they are known");
    command.results({data::Format::csv, data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
