#include "limsym/process/scale_prior.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>
#include <numeric>
#include <optional>
#include <string_view>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/table.hpp"
#include "limsym/numerics/distributions.hpp"
#include "limsym/numerics/quadrature.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::process {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

struct Parameter {
    std::string name;
    bool positive = true;
    std::optional<double> absent = std::nullopt; ///< its value when it is left out
};

struct PriorDescription {
    PriorKind kind;
    std::string name;
    std::vector<Parameter> parameters;
};

const std::vector<PriorDescription>& descriptions() {
    static const std::vector<PriorDescription> table{
        {PriorKind::point, "point", {{"s"}}},
        {PriorKind::ml2, "ml2", {}},
        {PriorKind::inverse_gamma, "inverse_gamma", {{"alpha"}, {"beta"}}},
        {PriorKind::burr12, "burr12", {{"c"}, {"d"}, {"scale", true, 1.0}}},
        {PriorKind::gamma, "gamma", {{"shape"}, {"rate"}}},
        {PriorKind::lognormal, "lognormal", {{"mu", false}, {"tau"}}},
        {PriorKind::half_cauchy, "half_cauchy", {{"scale"}}},
        {PriorKind::beta_prime, "beta_prime", {{"a"}, {"b"}, {"scale", true, 1.0}}},
        {PriorKind::inverse_gaussian, "inverse_gaussian", {{"mean"}, {"shape"}}},
        {PriorKind::discrete, "discrete", {}},
        {PriorKind::draws, "draws", {}},
    };
    return table;
}

const PriorDescription& description(PriorKind kind) {
    return *std::find_if(descriptions().begin(), descriptions().end(),
                         [kind](const PriorDescription& d) { return d.kind == kind; });
}

std::vector<std::string> prior_names() {
    std::vector<std::string> names;
    for (const PriorDescription& d : descriptions())
        names.push_back(d.name);
    return names;
}

const PriorDescription& described(const std::string& name, const std::string& place) {
    for (const PriorDescription& d : descriptions())
        if (d.name == name) return d;
    const std::string near = base::did_you_mean(name, prior_names());
    throw base::InputError(place, base::quoted(name) + " is unknown" +
                                      (near.empty() ? "; expected one of " + base::join(prior_names()) : near));
}

double checked(const Parameter& parameter, double value, const std::string& place) {
    if (parameter.positive && !(value > 0.0))
        throw base::InputError(place, parameter.name + " is " + base::number_text(value) + "; expected " +
                                          parameter.name + " > 0");
    return value;
}

/// softplus(x) = log(1 + exp(x)) without overflow. Tails below use softplus(x) = x + softplus(-x), so that large terms
/// do not cancel.
double softplus(double x) {
    return x > 0.0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

void set_atoms(ScalePrior& prior, std::vector<double> atoms, const std::vector<double>& weights) {
    std::vector<double> log_weights;
    for (const double w : weights)
        log_weights.push_back(w > 0.0 ? std::log(w) : -infinity);
    const double total = numerics::log_sum_exp(log_weights);
    for (double& w : log_weights)
        w -= total;
    prior.atoms = std::move(atoms);
    prior.log_weights = std::move(log_weights);
}

/// Columns s and weight (discrete), or one column s of equal weights (draws).
void read_atoms(ScalePrior& prior, const std::string& option) {
    if (prior.file.empty())
        throw base::InputError(option, description(prior.kind).name + " needs a file; expected " +
                                           description(prior.kind).name + ":FILE");
    const data::Table table = data::read_table({prior.file, std::nullopt, ""});
    const bool weighted = prior.kind == PriorKind::discrete;
    const std::size_t wanted = weighted ? 2 : 1;
    if (!table.has_header && table.values.n_cols != wanted)
        throw base::InputError(prior.file, std::to_string(table.values.n_cols) + " columns; expected " +
                                               (weighted ? "s,weight" : "one column s"));
    const std::size_t s_column = table.has_header && table.values.n_cols != 1 ? table.column("s", prior.file) : 0;
    const std::size_t weight_column = weighted ? (table.has_header ? table.column("weight", prior.file) : 1) : 0;
    std::vector<double> atoms;
    std::vector<double> weights;
    for (std::size_t i = 0; i < table.values.n_rows; ++i) {
        const double s = table.values(i, s_column);
        const double weight = weighted ? table.values(i, weight_column) : 1.0;
        if (!(s > 0.0)) throw base::InputError(table.place(i), "s is " + base::number_text(s) + "; expected s > 0");
        if (weight < 0.0)
            throw base::InputError(table.place(i), "weight is " + base::number_text(weight) + "; expected weight >= 0");
        atoms.push_back(s);
        weights.push_back(weight);
    }
    if (std::accumulate(weights.begin(), weights.end(), 0.0) <= 0.0)
        throw base::InputError(prior.file, "all weights are 0; expected a positive sum");
    set_atoms(prior, std::move(atoms), weights);
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

double parse_parameter(const std::string& text, const std::string& name, const std::string& option) {
    const auto value = base::parse_number(text);
    if (!value) throw base::InputError(option, name + " is " + base::quoted(text) + "; expected a finite number");
    return *value;
}

std::vector<double> parse_parameters(const PriorDescription& prior, const std::string& text,
                                     const std::string& option) {
    std::vector<std::string> names;
    for (const Parameter& p : prior.parameters)
        names.push_back(p.name);
    std::vector<std::optional<double>> values(names.size());
    if (!text.empty()) {
        for (const std::string& part : split(text, ',')) {
            const std::size_t equal = part.find('=');
            if (equal == std::string::npos)
                throw base::InputError(option, base::quoted(part) + " is not NAME=VALUE; expected " + prior.name +
                                                   " with " + base::join(names));
            const std::string name = part.substr(0, equal);
            const auto at = std::find(names.begin(), names.end(), name);
            if (at == names.end()) {
                const std::string near = base::did_you_mean(name, names);
                throw base::InputError(option, base::quoted(name) + " is no parameter of " + prior.name +
                                                   (near.empty() ? "; expected " + base::join(names) : near));
            }
            const auto k = static_cast<std::size_t>(at - names.begin());
            if (values[k]) throw base::InputError(option, name + " is given twice");
            values[k] = checked(prior.parameters[k], parse_parameter(part.substr(equal + 1), name, option), option);
        }
    }
    std::vector<double> result;
    for (std::size_t k = 0; k < names.size(); ++k) {
        const std::optional<double> value = values[k] ? values[k] : prior.parameters[k].absent;
        if (!value) throw base::InputError(option, prior.name + " needs " + names[k] + "=");
        result.push_back(*value);
    }
    return result;
}

} // namespace

ScalePrior parse_scale_prior(const std::string& text, const std::string& option) {
    const std::size_t colon = text.find(':');
    const std::string rest = colon == std::string::npos ? "" : text.substr(colon + 1);
    const PriorDescription& d = described(text.substr(0, colon), option);
    ScalePrior prior;
    prior.kind = d.kind;
    prior.parameters.clear();
    switch (d.kind) {
    case PriorKind::point:
        prior.parameters =
            rest.find('=') != std::string::npos
                ? parse_parameters(d, rest, option)
                : std::vector<double>{checked(
                      d.parameters[0], colon == std::string::npos ? 1.0 : parse_parameter(rest, "s", option), option)};
        break;
    case PriorKind::ml2:
        if (colon != std::string::npos) throw base::InputError(option, "ml2 has no parameters; expected ml2 alone");
        break;
    case PriorKind::discrete:
    case PriorKind::draws:
        prior.file = rest;
        read_atoms(prior, option);
        break;
    default:
        prior.parameters = parse_parameters(d, rest, option);
    }
    return prior;
}

data::Json to_json(const ScalePrior& prior) {
    const PriorDescription& d = description(prior.kind);
    data::Json parameters = data::Json::object();
    for (std::size_t k = 0; k < d.parameters.size(); ++k)
        if (d.parameters[k].absent != prior.parameters[k]) parameters[d.parameters[k].name] = prior.parameters[k];
    if (!prior.file.empty()) parameters["file"] = prior.file;
    data::Json value = data::Json::object();
    value["name"] = d.name;
    value["params"] = std::move(parameters);
    return value;
}

data::Json to_json_with_atoms(const ScalePrior& prior) {
    data::Json value = to_json(prior);
    if (prior.atoms.empty()) return value;
    std::vector<double> weights;
    for (const double w : prior.log_weights)
        weights.push_back(std::exp(w));
    value["atoms"] = {{"s", prior.atoms}, {"weight", std::move(weights)}};
    return value;
}

ScalePrior scale_prior_from_json(const data::Json& value, const std::string& file, const std::string& pointer) {
    data::ObjectReader reader(value, file, pointer);
    const PriorDescription& d =
        described(reader.string("name", std::nullopt), base::at_pointer(file, pointer + "/name"));
    ScalePrior prior;
    prior.kind = d.kind;
    prior.parameters.clear();
    data::ObjectReader parameters(reader.at("params"), file, reader.pointer_to("params"));
    for (const Parameter& p : d.parameters)
        prior.parameters.push_back(
            checked(p, parameters.number(p.name, p.absent), base::at_pointer(file, parameters.pointer_to(p.name))));
    const bool has_atoms = d.kind == PriorKind::discrete || d.kind == PriorKind::draws;
    if (has_atoms) prior.file = parameters.string("file", std::nullopt);
    parameters.finish();
    if (has_atoms) {
        if (const data::Json* atoms = reader.find("atoms")) {
            data::ObjectReader lists(*atoms, file, reader.pointer_to("atoms"));
            const std::vector<double> weights = lists.numbers("weight");
            std::vector<double> s = lists.numbers("s");
            if (s.empty() || s.size() != weights.size())
                lists.fail("s", "as many numbers as weights are expected, at least one");
            set_atoms(prior, std::move(s), weights);
        } else {
            read_atoms(prior, base::at_pointer(file, pointer));
        }
    }
    reader.finish();
    return prior;
}

std::string to_text(const ScalePrior& prior) {
    const PriorDescription& d = description(prior.kind);
    if (prior.kind == PriorKind::point) return "point:" + base::number_text(prior.parameters[0]);
    if (!prior.file.empty()) return d.name + ":" + prior.file;
    std::vector<std::string> parts;
    for (std::size_t k = 0; k < d.parameters.size(); ++k)
        if (d.parameters[k].absent != prior.parameters[k])
            parts.push_back(d.parameters[k].name + "=" + base::number_text(prior.parameters[k]));
    return parts.empty() ? d.name : d.name + ":" + base::join(parts, ",");
}

std::string extreme_parameter(const ScalePrior& prior) {
    const PriorDescription& d = description(prior.kind);
    double farthest = 8.0 * std::numbers::ln10;
    std::string result;
    for (std::size_t k = 0; k < d.parameters.size(); ++k) {
        // A parameter that may be negative is a logarithm itself.
        const double value = prior.parameters[k];
        const double size = std::abs(d.parameters[k].positive ? std::log(value) : value);
        if (size <= farthest) continue;
        farthest = size;
        result = d.parameters[k].name + "=" + base::number_text(value);
    }
    return result;
}

bool is_continuous(const ScalePrior& prior) {
    switch (prior.kind) {
    case PriorKind::point:
    case PriorKind::ml2:
    case PriorKind::discrete:
    case PriorKind::draws:
        return false;
    default:
        return true;
    }
}

double log_normaliser(const ScalePrior& prior) {
    const std::vector<double>& p = prior.parameters;
    switch (prior.kind) {
    case PriorKind::inverse_gamma:
    case PriorKind::gamma:
        return p[0] * std::log(p[1]) - numerics::log_gamma(p[0]);
    case PriorKind::burr12:
        return std::log(p[0]) + std::log(p[1]) - std::log(p[2]);
    case PriorKind::lognormal:
        return -std::log(p[1]) - 0.5 * std::log(2.0 * std::numbers::pi);
    case PriorKind::half_cauchy:
        return -std::log(std::numbers::pi) - std::log(p[0]);
    case PriorKind::beta_prime:
        return numerics::log_gamma_ratio(std::max(p[0], p[1]), std::min(p[0], p[1])) -
               numerics::log_gamma(std::min(p[0], p[1])) - std::log(p[2]);
    case PriorKind::inverse_gaussian:
        return 0.5 * std::log(p[1] / (2.0 * std::numbers::pi));
    default:
        throw std::logic_error("a prior of atoms has no density");
    }
}

double log_shape(const ScalePrior& prior, double log_s) {
    const std::vector<double>& p = prior.parameters;
    const double u = log_s;
    switch (prior.kind) {
    case PriorKind::inverse_gamma:
        return -(p[0] + 1.0) * u - p[1] * std::exp(-u);
    case PriorKind::burr12: {
        const double x = u - std::log(p[2]);
        return x > 0.0 ? -(1.0 + p[0] * p[1]) * x - (p[1] + 1.0) * softplus(-p[0] * x)
                       : (p[0] - 1.0) * x - (p[1] + 1.0) * softplus(p[0] * x);
    }
    case PriorKind::gamma:
        return (p[0] - 1.0) * u - p[1] * std::exp(u);
    case PriorKind::lognormal: {
        const double z = (u - p[0]) / p[1];
        return -0.5 * z * z - u;
    }
    case PriorKind::half_cauchy:
        return -0.5 * u - softplus(u - 2.0 * std::log(p[0]));
    case PriorKind::beta_prime: {
        const double x = u - std::log(p[2]);
        return x > 0.0 ? -(1.0 + p[1]) * x - (p[0] + p[1]) * softplus(-x)
                       : (p[0] - 1.0) * x - (p[0] + p[1]) * softplus(x);
    }
    case PriorKind::inverse_gaussian: {
        // (s - mean)^2 / (mean s) = 4 sinh^2(log(s / mean) / 2)
        const double sine = std::sinh(0.5 * (u - std::log(p[0])));
        return -1.5 * u - 2.0 * (p[1] / p[0] * sine) * sine;
    }
    default:
        throw std::logic_error("a prior of atoms has no density");
    }
}

double log_density(const ScalePrior& prior, double log_s) {
    return log_normaliser(prior) + log_shape(prior, log_s);
}

double right_tail_index(const ScalePrior& prior) {
    switch (prior.kind) {
    case PriorKind::inverse_gamma:
        return prior.parameters[0];
    case PriorKind::burr12:
        return prior.parameters[0] * prior.parameters[1];
    case PriorKind::half_cauchy:
        return 0.5;
    case PriorKind::beta_prime:
        return prior.parameters[1];
    default:
        return infinity;
    }
}

double left_tail_index(const ScalePrior& prior) {
    switch (prior.kind) {
    case PriorKind::burr12:
    case PriorKind::gamma:
    case PriorKind::beta_prime:
        return prior.parameters[0];
    case PriorKind::half_cauchy:
        return 0.5;
    default:
        return infinity;
    }
}

double draw(const ScalePrior& prior, base::RandomStream& stream) {
    const std::vector<double>& p = prior.parameters;
    switch (prior.kind) {
    case PriorKind::point:
        return p[0];
    case PriorKind::ml2:
        throw base::InputError("--scale-prior", "ml2 is no distribution of s; expected another prior");
    case PriorKind::inverse_gamma:
        return std::exp(std::log(p[1]) - numerics::log_gamma_variate(stream, p[0]));
    case PriorKind::burr12:
        return p[2] * std::pow(std::expm1(-std::log(stream.uniform()) / p[1]), 1.0 / p[0]);
    case PriorKind::gamma:
        return std::exp(numerics::log_gamma_variate(stream, p[0])) / p[1];
    case PriorKind::lognormal:
        return std::exp(p[0] + p[1] * numerics::normal(stream));
    case PriorKind::half_cauchy: {
        const double sigma = p[0] * std::tan(0.5 * std::numbers::pi * stream.uniform());
        return sigma * sigma;
    }
    case PriorKind::beta_prime: {
        const double numerator = numerics::log_gamma_variate(stream, p[0]);
        return p[2] * std::exp(numerator - numerics::log_gamma_variate(stream, p[1]));
    }
    case PriorKind::inverse_gaussian: {
        // Michael, Schucany and Haas 1976; the small root without cancellation.
        const double z = numerics::normal(stream);
        const double y = p[0] * z * z / (2.0 * p[1]);
        const double small = p[0] / (1.0 + y + std::sqrt(y * (y + 2.0)));
        return stream.uniform() * (p[0] + small) <= p[0] ? small : p[0] * p[0] / small;
    }
    case PriorKind::draws:
        return prior.atoms[stream.below(prior.atoms.size())];
    case PriorKind::discrete: {
        const double u = stream.uniform();
        double below = 0.0;
        for (std::size_t k = 0; k < prior.atoms.size(); ++k) {
            below += std::exp(prior.log_weights[k]);
            if (u < below) return prior.atoms[k];
        }
        return prior.atoms.back();
    }
    }
    throw std::logic_error("unknown prior");
}

} // namespace limsym::process
