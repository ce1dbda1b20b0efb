// Activations in documents and options.
#include <array>
#include <cmath>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/network/activation.hpp"
#include "limsym/network/expression.hpp"

namespace limsym::network {

namespace {

enum class Range { any, positive, negative, degree, small_degree };

struct Parameter {
    std::string_view name;
    std::optional<double> absent; // no default: must be given
    Range range = Range::any;
};

struct Entry {
    ActivationKind kind;
    std::string_view name;
    std::vector<Parameter> parameters;
};

constexpr long long highest_degree = 64;

const std::vector<Entry>& entries() {
    using Kind = ActivationKind;
    static const std::vector<Entry> all{
        {Kind::relu, "relu", {}},
        {Kind::leaky_relu, "leaky_relu", {{"alpha", 0.01}}},
        {Kind::abrelu, "abrelu", {{"a", std::nullopt}, {"b", std::nullopt}}},
        {Kind::abs, "abs", {}},
        {Kind::sign, "sign", {}},
        {Kind::erf, "erf", {{"a", 1.0}, {"b", 1.0}, {"c", 0.0}}},
        {Kind::sigmoid_like, "sigmoid_like", {}},
        {Kind::gelu, "gelu", {}},
        {Kind::gabor, "gabor", {}},
        {Kind::sin, "sin", {{"a", 1.0}, {"b", 1.0}, {"c", 0.0}}},
        {Kind::cos, "cos", {{"a", 1.0}, {"b", 1.0}, {"c", 0.0}}},
        {Kind::rbf, "rbf", {{"gamma", 1.0, Range::positive}}},
        {Kind::gaussian, "gaussian", {{"a", 1.0}, {"b", -1.0, Range::negative}}},
        {Kind::exp, "exp", {{"a", 1.0}, {"b", 1.0}}},
        {Kind::monomial, "monomial", {{"degree", std::nullopt, Range::degree}}},
        {Kind::polynomial, "polynomial", {}},
        {Kind::hermite, "hermite", {{"degree", std::nullopt, Range::degree}}},
        {Kind::rectified_monomial, "rectified_monomial", {{"degree", std::nullopt, Range::small_degree}}},
        {Kind::tanh, "tanh", {}},
        {Kind::sigmoid, "sigmoid", {}},
        {Kind::softplus, "softplus", {}},
        {Kind::swish, "swish", {}},
        {Kind::elu, "elu", {}},
        {Kind::selu, "selu", {}},
        {Kind::identity, "identity", {}},
        {Kind::hardtanh, "hardtanh", {}},
        {Kind::atan, "atan", {}},
        {Kind::softsign, "softsign", {}},
        {Kind::signed_power, "signed_power", {{"power", std::nullopt, Range::positive}}},
    };
    return all;
}

const Entry& entry_of(ActivationKind kind) {
    for (const Entry& entry : entries()) {
        if (entry.kind == kind) return entry;
    }
    throw std::logic_error("an activation without a name");
}

const Entry* find_entry(std::string_view name) {
    for (const Entry& entry : entries()) {
        if (entry.name == name) return &entry;
    }
    return nullptr;
}

[[noreturn]] void unknown_name(std::string_view name, const std::string& place) {
    std::vector<std::string> names;
    for (const Entry& entry : entries())
        names.emplace_back(entry.name);
    names.emplace_back("expr");
    throw base::InputError(place, "unknown activation " + base::quoted(name) + base::did_you_mean(name, names) +
                                      "; expected one of " + base::join(names));
}

double read_parameter(data::ObjectReader& reader, const Parameter& parameter) {
    const std::string key(parameter.name);
    switch (parameter.range) {
    case Range::positive:
        return reader.number(
            key, parameter.absent, [](double v) { return v > 0; }, "> 0");
    case Range::negative:
        return reader.number(
            key, parameter.absent, [](double v) { return v < 0; }, "< 0");
    case Range::degree:
        return static_cast<double>(reader.integer(key, std::nullopt, 0, highest_degree));
    case Range::small_degree:
        return static_cast<double>(reader.integer(key, std::nullopt, 0, 3));
    case Range::any:
        break;
    }
    return reader.number(key, parameter.absent);
}

Activation named(const Entry& entry, const data::Json& parameters, const std::string& file,
                 const std::string& pointer) {
    Activation activation;
    activation.kind = entry.kind;
    data::ObjectReader reader(parameters, file, pointer);
    if (entry.kind == ActivationKind::polynomial) {
        static_cast<void>(reader.at("coef"));
        activation.parameters = reader.numbers("coef");
        if (activation.parameters.empty() || activation.parameters.size() > highest_degree + 1)
            reader.fail("coef", std::to_string(activation.parameters.size()) + " coefficients; expected 1 to 65");
    }
    for (const Parameter& parameter : entry.parameters)
        activation.parameters.push_back(read_parameter(reader, parameter));
    reader.finish();
    return activation;
}

Activation expression(const data::Json& value, const std::string& file, const std::string& pointer) {
    data::ObjectReader reader(value, file, pointer);
    Activation activation;
    activation.kind = ActivationKind::expression;
    activation.expression = reader.string("expr", std::nullopt);
    if (reader.find("kinks") != nullptr) activation.kinks = reader.numbers("kinks");
    constexpr std::size_t most_kinks = 64;
    if (activation.kinks.size() > most_kinks) reader.fail("kinks", "too many kinks; expected at most 64");
    reader.finish();
    const Expression parsed(activation.expression, base::at_pointer(file, reader.pointer_to("expr")));
    for (int step = -80; step <= 80; ++step) {
        const double x = 0.125 * step;
        if (!std::isfinite(parsed.at(x).value))
            reader.fail("expr", "the value at x = " + base::number_text(x) +
                                    " is not finite; expected a function of all real x");
    }
    return activation;
}

} // namespace

Activation read_activation(const data::Json& value, const std::string& file, const std::string& pointer) {
    const std::string place = base::at_pointer(file, pointer);
    if (value.is_string()) {
        const auto name = value.get<std::string>();
        const Entry* entry = find_entry(name);
        if (entry == nullptr) unknown_name(name, place);
        return named(*entry, data::Json::object(), file, pointer);
    }
    if (!value.is_object()) throw base::InputError(place, "expected the name of an activation, or an object");
    if (value.contains("expr")) return expression(value, file, pointer);
    if (value.size() != 1)
        throw base::InputError(place, std::to_string(value.size()) + " keys; expected one, the activation's name");
    const std::string name = value.begin().key();
    const Entry* entry = find_entry(name);
    if (entry == nullptr) unknown_name(name, place);
    return named(*entry, value.begin().value(), file, pointer + "/" + name);
}

std::string activation_name(const Activation& activation) {
    if (activation.kind == ActivationKind::expression) return "expr";
    return std::string(entry_of(activation.kind).name);
}

data::Json to_json(const Activation& activation) {
    if (activation.kind == ActivationKind::expression) {
        data::Json document{{"expr", activation.expression}};
        if (!activation.kinks.empty()) document["kinks"] = activation.kinks;
        return document;
    }
    const Entry& entry = entry_of(activation.kind);
    const std::string name(entry.name);
    if (activation.kind == ActivationKind::polynomial)
        return data::Json{{name, data::Json{{"coef", activation.parameters}}}};
    data::Json parameters = data::Json::object();
    for (std::size_t k = 0; k < entry.parameters.size(); ++k) {
        const Parameter& parameter = entry.parameters[k];
        if (parameter.absent != activation.parameters[k])
            parameters[std::string(parameter.name)] = activation.parameters[k];
    }
    if (parameters.empty()) return data::Json(name);
    return data::Json{{name, parameters}};
}

Activation parse_activation(const std::string& text, const std::string& option) {
    const std::size_t first = text.find_first_not_of(" \t\n");
    if (first != std::string::npos && (text[first] == '{' || text[first] == '"'))
        return read_activation(data::parse_json(text, option), option, "");
    const Entry* entry = find_entry(text);
    if (entry == nullptr) unknown_name(text, option);
    return named(*entry, data::Json::object(), option, "");
}

} // namespace limsym::network
