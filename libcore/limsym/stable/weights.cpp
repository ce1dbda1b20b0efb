#include "limsym/stable/weights.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/stable/law.hpp"

namespace limsym::stable {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

using Parameters = std::map<std::string, double>;

struct Parameter {
    std::string name;
    std::optional<double> absent; // no default: must be given
    double least;
    double most;
    bool open; // the least value itself is out
};

struct Family {
    std::string name;
    std::vector<Parameter> parameters;
    WeightLaw (*make)(const Parameters& given);
};

const std::vector<Family>& families() {
    constexpr double largest = std::numeric_limits<double>::max();
    const Parameter scale{"scale", 1.0, 0.0, largest, true};
    const Parameter alpha{"alpha", std::nullopt, smallest_alpha, 2.0, false};
    static const std::vector<Family> all{
        {"stable",
         {alpha, scale},
         [](const Parameters& p) -> WeightLaw {
             return StableWeight{p.at("alpha"), p.at("scale")};
         }},
        {"pareto",
         {{"alpha", std::nullopt, smallest_alpha, largest, false}, scale},
         [](const Parameters& p) -> WeightLaw {
             return ParetoWeight{p.at("alpha"), p.at("scale")};
         }},
        {"student",
         {{"nu", std::nullopt, smallest_alpha, largest, false}, scale},
         [](const Parameters& p) -> WeightLaw {
             return StudentWeight{p.at("nu"), p.at("scale")};
         }},
        {"logpareto",
         {alpha, {"c", std::nullopt, 0.0, largest, false}},
         [](const Parameters& p) -> WeightLaw {
             return LogParetoWeight{p.at("alpha"), p.at("c")};
         }},
        {"gaussian", {scale}, [](const Parameters& p) -> WeightLaw { return GaussianWeight{p.at("scale")}; }},
        {"uniform", {scale}, [](const Parameters& p) -> WeightLaw { return UniformWeight{p.at("scale")}; }},
        {"laplace", {scale}, [](const Parameters& p) -> WeightLaw { return LaplaceWeight{p.at("scale")}; }},
        {"rademacher", {scale}, [](const Parameters& p) -> WeightLaw { return RademacherWeight{p.at("scale")}; }},
    };
    return all;
}

std::string range_text(const Parameter& p) {
    const std::string least = base::number_text(p.least);
    if (p.most == std::numeric_limits<double>::max()) return p.name + (p.open ? " > " : " >= ") + least;
    return least + (p.open ? " < " : " <= ") + p.name + " <= " + base::number_text(p.most);
}

std::vector<std::string> names_of(const Family& family) {
    std::vector<std::string> names;
    for (const Parameter& p : family.parameters)
        names.push_back(p.name);
    return names;
}

} // namespace

const std::vector<std::string>& family_names() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        for (const Family& family : families())
            list.push_back(family.name);
        return list;
    }();
    return names;
}

std::string_view family_name(const WeightLaw& law) {
    return family_names()[law.index()];
}

std::map<std::string, double> parameters_of(const WeightLaw& law) {
    struct Collect {
        Parameters operator()(const StableWeight& w) const { return {{"alpha", w.alpha}, {"scale", w.scale}}; }
        Parameters operator()(const ParetoWeight& w) const { return {{"alpha", w.alpha}, {"scale", w.scale}}; }
        Parameters operator()(const StudentWeight& w) const { return {{"nu", w.nu}, {"scale", w.scale}}; }
        Parameters operator()(const LogParetoWeight& w) const { return {{"alpha", w.alpha}, {"c", w.c}}; }
        Parameters operator()(const GaussianWeight& w) const { return {{"scale", w.scale}}; }
        Parameters operator()(const UniformWeight& w) const { return {{"scale", w.scale}}; }
        Parameters operator()(const LaplaceWeight& w) const { return {{"scale", w.scale}}; }
        Parameters operator()(const RademacherWeight& w) const { return {{"scale", w.scale}}; }
    };
    return std::visit(Collect{}, law);
}

std::variant<WeightLaw, WeightProblem> make_weight_law(const std::string& family, const Parameters& parameters,
                                                       std::optional<double> alpha) {
    const auto found =
        std::find_if(families().begin(), families().end(), [&](const Family& known) { return known.name == family; });
    if (found == families().end())
        return WeightProblem{"", base::quoted(family) + " is unknown; expected one of " + base::join(family_names()) +
                                     base::did_you_mean(family, family_names())};
    const std::vector<std::string> names = names_of(*found);
    for (const auto& [name, value] : parameters)
        if (std::find(names.begin(), names.end(), name) == names.end())
            return WeightProblem{name, "is no parameter of " + family + "; expected one of " + base::join(names) +
                                           base::did_you_mean(name, names)};
    Parameters values;
    for (const Parameter& p : found->parameters) {
        const auto given = parameters.find(p.name);
        std::optional<double> value = given != parameters.end() ? std::optional(given->second) : p.absent;
        if (!value && alpha && (p.name == "alpha" || (p.name == "nu" && *alpha < 2))) value = alpha;
        if (!value) return WeightProblem{p.name, "is missing; expected " + range_text(p) + " of " + family};
        if (!(*value <= p.most) || !(p.open ? *value > p.least : *value >= p.least))
            return WeightProblem{p.name, base::number_text(*value) + " is out of range; expected " + range_text(p)};
        values[p.name] = *value;
    }
    if (family == "logpareto" && !(values["alpha"] < 2))
        return WeightProblem{"alpha",
                             base::number_text(values["alpha"]) + " is out of range; expected alpha < 2 of logpareto"};
    if (family == "logpareto" && values["c"] > values["alpha"])
        return WeightProblem{"c", base::number_text(values["c"]) +
                                      " is out of range; expected 0 <= c <= alpha, so that the tail falls"};
    return found->make(values);
}

double limit_index(const WeightLaw& law) {
    if (const auto* w = std::get_if<StableWeight>(&law)) return w->alpha;
    if (const auto* w = std::get_if<ParetoWeight>(&law)) return std::min(w->alpha, 2.0);
    if (const auto* w = std::get_if<StudentWeight>(&law)) return std::min(w->nu, 2.0);
    if (const auto* w = std::get_if<LogParetoWeight>(&law)) return w->alpha;
    return 2.0;
}

double variance(const WeightLaw& law) {
    struct Variance {
        double operator()(const StableWeight& w) const { return w.alpha == 2 ? 2 * w.scale * w.scale : infinity; }
        double operator()(const ParetoWeight& w) const {
            return w.alpha > 2 ? w.scale * w.scale * w.alpha / (w.alpha - 2) : infinity;
        }
        double operator()(const StudentWeight& w) const {
            return w.nu > 2 ? w.scale * w.scale * w.nu / (w.nu - 2) : infinity;
        }
        double operator()(const LogParetoWeight&) const { return infinity; }
        double operator()(const GaussianWeight& w) const { return w.scale * w.scale; }
        double operator()(const UniformWeight& w) const { return w.scale * w.scale / 3; }
        double operator()(const LaplaceWeight& w) const { return 2 * w.scale * w.scale; }
        double operator()(const RademacherWeight& w) const { return w.scale * w.scale; }
    };
    return std::visit(Variance{}, law);
}

} // namespace limsym::stable
