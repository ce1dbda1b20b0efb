#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "labelled_data_options.hpp"
#include "limsym/mixture/map_model.hpp"

namespace limsym::tools {

namespace {

struct LossOptions {
    std::optional<std::string> model;
    LabelledDataOptions data;
    double prior_weight = 0.2;
    bool gradient = false;
    bool logits = false;
};

data::Json rows_of(const arma::mat& matrix) {
    data::Json rows = data::Json::array();
    for (arma::uword i = 0; i < matrix.n_rows; ++i)
        rows.push_back(arma::conv_to<std::vector<double>>::from(matrix.row(i)));
    return rows;
}

data::Json numbers(const std::vector<double>& flat, const network::ParameterRange& range) {
    const auto begin = flat.begin() + static_cast<std::ptrdiff_t>(range.begin);
    return std::vector<double>(begin, begin + static_cast<std::ptrdiff_t>(range.count));
}

data::Json gradient_json(const mixture::MapModel& model, const std::vector<double>& gradient) {
    data::Json result{
        {"weight", data::Json::array()}, {"bias", data::Json::array()}, {"log_variances", data::Json::array()}};
    for (std::size_t l = 0; l < model.shape.stages.size(); ++l) {
        const network::Stage& stage = model.shape.stages[l];
        result["weight"].push_back(
            rows_of(arma::mat(gradient.data() + stage.weight.begin, stage.outputs, stage.inputs)));
        result["bias"].push_back(numbers(gradient, stage.bias));
        if (l == 0) continue;
        result["log_variances"].push_back(model.variances[l - 1].law ? numbers(gradient, stage.log_variance)
                                                                     : data::Json());
    }
    return result;
}

int run(const LossOptions& options, cli::Context& context) {
    const mixture::MapModel model = read_model(options.model, context);
    const mixture::LabelledData data = read_data(options.data, model.outputs(), true, context);
    const mixture::MapLoss loss = mixture::map_loss(model, data, options.prior_weight, options.gradient);
    data::Json record = context.head("limsym/mogp-loss@1");
    record["options"] = {{"prior_weight", options.prior_weight}};
    data::Json reasons = data::Json::object();
    const auto put = [&](const char* field, double value) {
        record[field] = std::isfinite(value) ? data::Json(value) : data::Json();
        if (!std::isfinite(value)) reasons[field] = "a node variance lies where its prior has no finite density";
    };
    record["n"] = data.rows();
    record["cross_entropy"] = loss.cross_entropy;
    put("log_prior", loss.log_prior);
    put("loss", loss.loss);
    record["accuracy"] = loss.accuracy;
    if (options.logits) record["logits"] = rows_of(loss.logits.t());
    if (options.gradient) {
        if (std::isfinite(loss.log_prior))
            record["gradient"] = gradient_json(model, loss.gradient);
        else
            put("gradient", loss.log_prior);
    }
    if (!reasons.empty()) record["reasons"] = std::move(reasons);
    context.write(record);
    return 0;
}

} // namespace

cli::Command loss_command() {
    const auto options = std::make_shared<LossOptions>();
    cli::Command command("loss", "the posterior that train maximises: loss, logits and gradient of a network on data");
    command.describe(
        "loss = mean cross-entropy - w log prior / n, with log prior = -(sum of squared weights and biases) "
        "/ 2 + the sum of the log densities of the node variances at their layer's width. The gradient is "
        "by weights, biases and the logarithms of the variances; null for those of a constant prior.");
    command.example("mogp-sample loss --model m.json --target class test.csv | jq .accuracy", "accuracy on new rows");
    declare_model(command, options->model);
    declare(command, options->data);
    command.group("Loss");
    command.number(options->prior_weight, "--prior-weight", "W", cli::Range::not_negative(), "weight w of the prior");
    command.flag(options->gradient, "--gradient", "also the gradient");
    command.flag(options->logits, "--logits", "also the outputs, one row a row of DATA");
    command.operands(options->data.files, 0, 1, "[DATA]", "rows with classes (standard input)");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
