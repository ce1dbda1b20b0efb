#include "limsym/process/prediction_document.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/table.hpp"
#include "limsym/data/table_readers.hpp"

namespace limsym::process {

namespace {

constexpr double not_there = std::numeric_limits<double>::quiet_NaN();

/// p of "q025", or nothing when the name is another.
std::optional<double> probability_of(const std::string& name) {
    if (name.size() < 3 || name[0] != 'q') return std::nullopt;
    if (name.find_first_not_of("0123456789", 1) != std::string::npos) return std::nullopt;
    return base::parse_number("0." + name.substr(1));
}

data::Json json_of(const arma::vec& values) {
    data::Json list = data::Json::array();
    for (const double v : values)
        list.push_back(std::isfinite(v) ? data::Json(v) : data::Json(nullptr));
    return list;
}

/// Column by column; columns that are not asked for are left out.
void append_columns(PredictionTable& table, std::vector<arma::vec>& columns, const Prediction& p, std::size_t c,
                    const std::string& prefix) {
    const std::size_t m = p.mean.n_rows;
    const auto add = [&](const std::string& name, arma::vec values) {
        table.names.push_back(prefix + name);
        columns.push_back(std::move(values));
    };
    const auto constant = [m](double value) {
        arma::vec values(m, arma::fill::none);
        values.fill(value);
        return values;
    };
    const bool variance = !p.sd.empty() || !p.probabilities.empty();
    add("mean", p.mean.col(c));
    if (variance) {
        add("sd", p.sd.col(c));
        add("df", constant(p.df.value_or(not_there)));
        add("scale", p.df ? arma::vec(p.scale.col(c)) : constant(not_there));
        for (std::size_t k = 0; k < p.probabilities.size(); ++k)
            add(quantile_name(p.probabilities[k]), p.quantiles[k].col(c));
    }
    if (p.y.n_cols == 0) return;
    add("y", p.y.col(c));
    if (variance) {
        add("logpdf", p.logpdf.col(c));
        add("z", p.z.col(c));
    }
}

/// Named columns of one output, put back into a prediction of one output.
struct NamedColumns {
    std::string output;
    std::vector<std::string> names;
    std::vector<arma::vec> columns;
};

void join_output(Prediction& p, const NamedColumns& output, std::size_t c, std::size_t outputs) {
    const std::size_t m = output.columns.empty() ? 0 : output.columns[0].n_elem;
    const auto put = [&](arma::mat& into, const arma::vec& values) {
        if (into.empty()) {
            into.set_size(m, outputs);
            into.fill(not_there);
        }
        into.col(c) = values;
    };
    for (std::size_t k = 0; k < output.names.size(); ++k) {
        const std::string& name = output.names[k];
        const arma::vec& values = output.columns[k];
        if (name == "mean") put(p.mean, values);
        if (name == "sd") put(p.sd, values);
        if (name == "scale") put(p.scale, values);
        if (name == "y") put(p.y, values);
        if (name == "logpdf") put(p.logpdf, values);
        if (name == "df" && m > 0 && std::isfinite(values(0))) p.df = values(0);
        if (const auto probability = probability_of(name)) {
            const auto at = std::find(p.probabilities.begin(), p.probabilities.end(), *probability);
            const auto index = static_cast<std::size_t>(at - p.probabilities.begin());
            if (at == p.probabilities.end()) {
                p.probabilities.push_back(*probability);
                p.quantiles.emplace_back();
            }
            put(p.quantiles[index], values);
        }
    }
}

Prediction joined(const std::vector<NamedColumns>& outputs, const std::string& file) {
    Prediction p;
    for (std::size_t c = 0; c < outputs.size(); ++c)
        join_output(p, outputs[c], c, outputs.size());
    if (p.mean.empty()) throw base::InputError(file, "holds no predictions; expected a column mean and rows");
    return p;
}

Prediction from_table(const data::Table& table) {
    std::vector<NamedColumns> outputs;
    for (std::size_t j = 0; j < table.names.size(); ++j) {
        const std::size_t point = table.names[j].rfind('.');
        const std::string output = point == std::string::npos ? "" : table.names[j].substr(0, point);
        const std::string name = point == std::string::npos ? table.names[j] : table.names[j].substr(point + 1);
        if (name == "logpdf_joint") continue;
        auto at =
            std::find_if(outputs.begin(), outputs.end(), [&](const NamedColumns& o) { return o.output == output; });
        if (at == outputs.end()) at = outputs.insert(outputs.end(), NamedColumns{output, {}, {}});
        at->names.push_back(name);
        at->columns.emplace_back(table.values.col(j));
    }
    return joined(outputs, table.file);
}

arma::vec numbers_or_nan(const data::Json& list, const std::string& place) {
    arma::vec values(list.size(), arma::fill::none);
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!list[i].is_number() && !list[i].is_null())
            throw base::InputError(place, "element " + std::to_string(i) + " is no number");
        values(i) = list[i].is_null() ? not_there : list[i].get<double>();
    }
    return values;
}

Prediction from_document(const data::Json& document, const std::string& file) {
    data::ObjectReader reader(document, file, "");
    reader.schema("limsym/nngp-predictions@1", true);
    const data::Json& list = reader.at("outputs");
    if (!list.is_array() || list.empty()) reader.fail("outputs", "is no list of outputs");
    std::vector<NamedColumns> outputs;
    for (std::size_t c = 0; c < list.size(); ++c) {
        const std::string pointer = "/outputs/" + std::to_string(c);
        if (!list[c].is_object()) throw base::InputError(base::at_pointer(file, pointer), "is no object");
        NamedColumns output;
        std::size_t rows = 0;
        if (list[c].contains("mean") && list[c]["mean"].is_array()) rows = list[c]["mean"].size();
        for (const auto& [key, value] : list[c].items()) {
            const std::string place = base::at_pointer(file, pointer + "/" + key);
            if (value.is_array()) {
                if (value.size() != rows)
                    throw base::InputError(place, std::to_string(value.size()) + " elements; expected " +
                                                      std::to_string(rows));
                output.names.push_back(key);
                output.columns.push_back(numbers_or_nan(value, place));
            } else if (key == "df" && value.is_number()) {
                arma::vec df(rows, arma::fill::none);
                df.fill(value.get<double>());
                output.names.push_back(key);
                output.columns.push_back(std::move(df));
            }
        }
        outputs.push_back(std::move(output));
    }
    return joined(outputs, file);
}

} // namespace

std::string quantile_name(double p) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.17f", p);
    std::string digits = std::string(text.data()).substr(2);
    // The fewest decimals that read back to the same number.
    for (std::size_t length = 2; length < digits.size(); ++length) {
        std::snprintf(text.data(), text.size(), "%.*f", static_cast<int>(length), p);
        if (base::parse_number(text.data()) == p) {
            digits = std::string(text.data()).substr(2);
            break;
        }
    }
    return "q" + digits;
}

PredictionTable prediction_table(const Prediction& prediction, const std::vector<std::string>& targets) {
    PredictionTable table;
    std::vector<arma::vec> columns;
    for (std::size_t c = 0; c < targets.size(); ++c)
        append_columns(table, columns, prediction, c, targets.size() > 1 ? targets[c] + "." : "");
    if (!prediction.logpdf_joint.empty()) {
        table.names.emplace_back("logpdf_joint");
        columns.push_back(prediction.logpdf_joint);
    }
    table.values.set_size(prediction.mean.n_rows, columns.size());
    for (std::size_t j = 0; j < columns.size(); ++j)
        for (std::size_t i = 0; i < prediction.mean.n_rows; ++i)
            table.values(i, j) = columns[j](i);
    return table;
}

void append_prediction(data::Json& record, const Prediction& prediction, const std::vector<std::string>& targets) {
    record["rows"] = prediction.mean.n_rows;
    data::Json outputs = data::Json::array();
    bool infinite_sd = false;
    bool no_density = false;
    for (std::size_t c = 0; c < targets.size(); ++c) {
        PredictionTable table;
        std::vector<arma::vec> columns;
        append_columns(table, columns, prediction, c, "");
        data::Json output = data::Json::object();
        output["name"] = targets[c];
        for (std::size_t j = 0; j < columns.size(); ++j) {
            const std::string& name = table.names[j];
            if (name == "df") {
                output["df"] = prediction.df ? data::Json(*prediction.df) : data::Json(nullptr);
            } else if (name == "scale" && !prediction.df) {
                output["scale"] = nullptr;
            } else {
                infinite_sd = infinite_sd || (name == "sd" && columns[j].has_nan());
                no_density = no_density || (name == "logpdf" && columns[j].has_nan());
                output[name] = json_of(columns[j]);
            }
        }
        outputs.push_back(std::move(output));
    }
    record["outputs"] = std::move(outputs);
    if (!prediction.logpdf_joint.empty()) record["logpdf_joint"] = json_of(prediction.logpdf_joint);
    if (!infinite_sd && !no_density) return;
    data::Json reasons = data::Json::object();
    if (infinite_sd) reasons["sd"] = "infinite: E s does not exist";
    if (no_density) reasons["logpdf"] = "no density: the predictive variance is 0";
    record["reasons"] = std::move(reasons);
}

Prediction read_predictions(const data::Source& source) {
    base::InputFile input(source.file);
    std::optional<data::Format> format = source.format ? source.format : data::format_of_name(source.file);
    if (!format) format = data::format_of_content(input.peek());
    if (*format == data::Format::json)
        return from_document(data::parse_json(input.read_all(), source.file), source.file);
    if (*format != data::Format::csv)
        throw base::InputError(source.file, "is no table of predictions; expected csv or json as predict writes them");
    data::TableOptions options;
    options.allow_empty_cells = true;
    data::TextBuffer buffer(std::move(input));
    return from_table(data::read_csv_table(buffer, options));
}

} // namespace limsym::process
