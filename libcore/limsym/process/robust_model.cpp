#include "limsym/process/robust_model.hpp"

#include <cmath>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/data/document.hpp"
#include "limsym/data/json_writer.hpp"

namespace limsym::process {

namespace {

using data::Json;

constexpr const char* schema = "limsym/jac-model@1";

TrainingTime read_time(const Json& value, const std::string& place) {
    if (value.is_string() && value.get<std::string>() == "inf")
        return FlowTime{std::numeric_limits<double>::infinity()};
    if (value.is_number() && value.get<double>() >= 0) return FlowTime{value.get<double>()};
    if (value.is_object() && value.contains("rate") && value.contains("steps") && value["rate"].is_number() &&
        value["steps"].is_number_integer() && value["steps"].get<std::int64_t>() >= 0)
        return DescentTime{value["rate"].get<double>(), value["steps"].get<std::uint64_t>()};
    throw base::InputError(place, "expected a number >= 0, \"inf\", or {\"rate\",\"steps\"}");
}

std::vector<std::string> read_names(data::ObjectReader& reader, const std::string& key) {
    const Json& list = reader.at(key);
    std::vector<std::string> names;
    for (const Json& name : list) {
        if (!name.is_string()) reader.fail(key, "expected an array of strings");
        names.push_back(name.get<std::string>());
    }
    return names;
}

void read_units(data::ObjectReader& reader, RobustModel& model) {
    const std::size_t d = model.x.n_cols;
    model.x_units = data::Standardisation::none(d);
    const Json* value = reader.find("standardise");
    if (value == nullptr) return;
    model.standardised = true;
    data::ObjectReader units(*value, reader.file(), reader.pointer_to("standardise"));
    const std::vector<double> mean = units.numbers("x_mean");
    const std::vector<double> scale = units.numbers("x_scale");
    if (mean.size() != d) units.fail("x_mean", "expected " + std::to_string(d) + " numbers");
    if (scale.size() != d) units.fail("x_scale", "expected " + std::to_string(d) + " numbers");
    model.x_units.mean = arma::rowvec(mean);
    model.x_units.scale = arma::rowvec(scale);
    const auto positive = [](double v) { return v > 0; };
    model.y_mean = units.number("y_mean", 0.0);
    model.y_scale = units.number("y_scale", 1.0, positive, "> 0");
    units.finish();
}

} // namespace

Json to_json(const TrainingTime& time) {
    if (const auto* flow = std::get_if<FlowTime>(&time)) return std::isinf(flow->time) ? Json("inf") : Json(flow->time);
    const auto& descent = std::get<DescentTime>(time);
    return Json{{"rate", descent.rate}, {"steps", descent.steps}};
}

void write_robust_model(const base::ByteSink& sink, const RobustModel& model, const Json& head) {
    Json document = head;
    document["network"] = network::to_json(model.network);
    document["kappa"] = model.loss.kappa;
    document["lambda"] = model.loss.lambda;
    document["loss"] = model.loss.mean ? "mean" : "sum";
    Json& times = document["time"] = Json::array();
    for (const TrainingTime& time : model.times)
        times.push_back(to_json(time));
    document["features"] = model.features;
    document["target"] = model.target;
    data::JsonWriter writer(sink);
    writer.begin_object().members(document);
    writer.key("x").rows(model.x).key("alpha").begin_array();
    for (const arma::vec& alpha : model.alpha)
        writer.numbers(alpha);
    writer.end_array();
    if (model.standardised) {
        writer.key("standardise").begin_object().key("x_mean").numbers(model.x_units.mean.t());
        writer.key("x_scale").numbers(model.x_units.scale.t());
        writer.member("y_mean", model.y_mean).member("y_scale", model.y_scale).end_object();
    }
    writer.end_object().finish();
}

RobustModel read_robust_model(const std::string& file) {
    const data::Document document = data::read_document(file);
    data::ObjectReader reader(document.tree, file, "");
    reader.schema(schema, true);
    RobustModel model;
    model.network = network::read_network(reader.at("network"), file);
    const auto positive = [](double v) { return v > 0; };
    const auto not_negative = [](double v) { return v >= 0; };
    model.loss.kappa = reader.number("kappa", std::nullopt, positive, "> 0");
    model.loss.lambda = reader.number("lambda", std::nullopt, not_negative, ">= 0");
    model.loss.mean = reader.choice("loss", {"mean", "sum"}, "mean") == "mean";
    const Json& times = reader.at("time");
    if (!times.is_array() || times.empty()) reader.fail("time", "expected an array of times");
    for (std::size_t t = 0; t < times.size(); ++t)
        model.times.push_back(
            read_time(times[t], base::at_pointer(file, reader.pointer_to("time") + "/" + std::to_string(t))));
    if (reader.has("features")) model.features = read_names(reader, "features");
    model.target = reader.string("target", std::string());
    static_cast<void>(reader.at("x"));
    static_cast<void>(reader.at("alpha"));
    model.x = document.matrix("/x");
    const arma::mat alpha = document.matrix("/alpha");
    const std::size_t length = model.x.n_rows * (model.x.n_cols + 1);
    if (alpha.n_rows != model.times.size() || alpha.n_cols != length)
        reader.fail("alpha", std::to_string(alpha.n_rows) + " x " + std::to_string(alpha.n_cols) + "; expected " +
                                 std::to_string(model.times.size()) + " x " + std::to_string(length));
    for (std::size_t t = 0; t < alpha.n_rows; ++t)
        model.alpha.emplace_back(alpha.row(t).t());
    read_units(reader, model);
    // what the head says besides, and additions of later versions, are not looked at
    kernel::require_jacobian_ntk(kernel::make_jacobian_network(model.network, model.x.n_cols));
    return model;
}

} // namespace limsym::process
