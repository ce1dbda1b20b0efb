#include "limsym/mixture/prior.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::mixture {

namespace {

struct Range {
    const char* expected; ///< after "expected "
    std::function<bool(double)> holds;
};

/// One key of a family, bound to the value that it sets.
struct Key {
    const char* name;
    double* value;
    Range range;
    const char* other_name = nullptr;
};

Range positive(const char* expected) {
    return {expected, [](double v) { return v > 0.0; }};
}
Range unit_interval() {
    return {"0 < alpha < 1", [](double v) { return v > 0.0 && v < 1.0; }};
}

std::vector<Key> keys(Constant& f) {
    return {{"c", &f.c, positive("c > 0")}};
}
std::vector<Key> keys(InverseGamma& f) {
    return {{"shape", &f.shape, positive("shape > 0"), "alpha"}, {"scale", &f.scale, positive("scale > 0"), "beta"}};
}
std::vector<Key> keys(GroupLasso& f) {
    return {{"c", &f.c, positive("c > 0")}, {"outputs", &f.outputs, {"a whole number >= 1", [](double v) {
                                                                         return v >= 1.0 && v <= 1e15 &&
                                                                                v == std::floor(v);
                                                                     }}}};
}
std::vector<Key> keys(Gamma& f) {
    return {{"eta", &f.eta, positive("eta > 0")}, {"beta", &f.beta, positive("beta > 0")}};
}
std::vector<Key> keys(Beta& f) {
    return {{"eta", &f.eta, positive("eta > 0")}, {"b", &f.b, positive("b > 0")}};
}
std::vector<Key> keys(BetaPrime& f) {
    return {{"eta", &f.eta, positive("eta > 0")}, {"b", &f.b, positive("b > 0")}};
}
std::vector<Key> keys(Horseshoe& f) {
    return {{"s", &f.s, positive("s > 0")}};
}
std::vector<Key> keys(RegularisedHorseshoe& f) {
    return {{"s", &f.s, positive("s > 0")}, {"c", &f.c, positive("c > 0")}};
}
std::vector<Key> keys(Stable& f) {
    return {{"alpha", &f.alpha, unit_interval()}, {"c", &f.c, positive("c > 0")}};
}
std::vector<Key> keys(Bernoulli& f) {
    return {{"c", &f.c, positive("c > 0")}, {"value", &f.value, positive("value > 0")}};
}
std::vector<Key> keys(SpikeSlab& f) {
    return {{"c", &f.c, positive("c > 0")},
            {"shape", &f.shape, positive("shape > 0")},
            {"rate", &f.rate, positive("rate > 0")},
            {"spike", &f.spike, {"spike >= 0", [](double v) { return v >= 0.0; }}}};
}
std::vector<Key> keys(Ggp& f) {
    return {{"alpha", &f.alpha, unit_interval()},
            {"beta", &f.beta, positive("beta > 0")},
            {"eta", &f.eta, positive("eta > 0")}};
}
std::vector<Key> keys(Gbfry& f) {
    return {{"alpha", &f.alpha, unit_interval()},
            {"tau", &f.tau, {"tau > 1", [](double v) { return v > 1.0; }}},
            {"mean", &f.mean, positive("mean > 0")}};
}

struct Named {
    const char* name;
    Family absent; ///< with its default parameters
};

const std::vector<Named>& families() {
    static const std::vector<Named> list{{"constant", Constant{}},
                                         {"inverse-gamma", InverseGamma{}},
                                         {"group-lasso", GroupLasso{}},
                                         {"gamma", Gamma{}},
                                         {"beta", Beta{}},
                                         {"betaprime", BetaPrime{}},
                                         {"horseshoe", Horseshoe{}},
                                         {"regularised-horseshoe", RegularisedHorseshoe{}},
                                         {"stable", Stable{}},
                                         {"bernoulli", Bernoulli{}},
                                         {"spike-slab", SpikeSlab{}},
                                         {"ggp", Ggp{}},
                                         {"gbfry", Gbfry{}}};
    return list;
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == separator)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

/// Terms are separated by '+', but not the '+' of an exponent (1e+3).
std::vector<std::string> split_terms(const std::string& text) {
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    std::vector<std::string> terms(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool exponent = i >= 2 && i + 1 < text.size() && (text[i - 1] == 'e' || text[i - 1] == 'E') &&
                              (digit(text[i - 2]) || text[i - 2] == '.') && digit(text[i + 1]);
        if (text[i] == '+' && !exponent)
            terms.emplace_back();
        else
            terms.back() += text[i];
    }
    return terms;
}

Family find_family(const std::string& word, const std::string& place) {
    std::string name = word;
    std::replace(name.begin(), name.end(), '_', '-');
    if (name == "pareto") name = "stable";
    if (name == "regularized-horseshoe") name = "regularised-horseshoe";
    if (name == "empirical") throw base::InputError(place, "empirical: is not supported");
    std::vector<std::string> names;
    for (const Named& family : families()) {
        if (family.name == name) return family.absent;
        names.emplace_back(family.name);
    }
    const std::string near = base::did_you_mean(name, names);
    throw base::InputError(place, "unknown family " + base::quoted(word) +
                                      (near.empty() ? "; families are " + base::join(names) : near));
}

std::vector<Key> keys_of(Family& family) {
    return std::visit([](auto& f) { return keys(f); }, family);
}

void set_key(std::vector<Key>& keys, std::vector<bool>& given, const std::string& name, const std::string& pair,
             const std::string& place) {
    const std::size_t equal = pair.find('=');
    const std::string word = pair.substr(0, equal);
    std::vector<std::string> known;
    for (const Key& key : keys)
        known.emplace_back(key.name);
    for (std::size_t k = 0; k < keys.size(); ++k) {
        const Key& key = keys[k];
        if (word != key.name && (key.other_name == nullptr || word != key.other_name)) continue;
        if (given[k]) throw base::InputError(place, name + ": " + key.name + " is given twice");
        given[k] = true;
        const std::string text = equal == std::string::npos ? "" : pair.substr(equal + 1);
        const auto value = base::parse_number(text);
        if (!value)
            throw base::InputError(place, name + ": " + word + ": " + base::quoted(text) + "; expected a number");
        if (!key.range.holds(*value))
            throw base::InputError(place, name + ": " + word + ": " + base::printable(text) +
                                              " is out of range; expected " + key.range.expected);
        *key.value = *value;
        return;
    }
    throw base::InputError(place, name + " has no key " + base::quoted(word) + "; keys are " + base::join(known));
}

Family parse_term(const std::string& text, const std::string& whole, const std::string& place) {
    if (text.find_first_not_of(' ') == std::string::npos)
        throw base::InputError(place, "empty term in " + base::quoted(whole) + "; expected family[:key=value,...]");
    const std::size_t colon = text.find(':');
    Family family = find_family(text.substr(0, colon), place);
    if (colon == std::string::npos) return family;
    std::vector<Key> list = keys_of(family);
    std::vector<bool> given(list.size(), false);
    for (const std::string& pair : split(text.substr(colon + 1), ','))
        set_key(list, given, family_name(family), pair, place);
    return family;
}

} // namespace

Prior parse_prior(const std::string& text, const std::string& place) {
    Prior prior;
    for (const std::string& term : split_terms(text))
        prior.terms.push_back(parse_term(term, text, place));
    return prior;
}

std::string family_name(const Family& family) {
    return families()[family.index()].name;
}

std::string to_text(const Prior& prior) {
    std::string text;
    for (Family family : prior.terms) {
        if (!text.empty()) text += '+';
        text += family_name(family);
        char separator = ':';
        for (const Key& key : keys_of(family)) {
            text += separator + std::string(key.name) + "=" + base::number_text(*key.value);
            separator = ',';
        }
    }
    return text;
}

void check_width(const Prior& prior, double width, const std::string& place) {
    for (const Family& family : prior.terms) {
        double c = 0.0;
        if (const auto* bernoulli = std::get_if<Bernoulli>(&family)) c = bernoulli->c;
        if (const auto* slab = std::get_if<SpikeSlab>(&family)) c = slab->c;
        if (c > width)
            throw base::InputError(place, family_name(family) + ": c: " + base::number_text(c) +
                                              " is out of range; expected c <= width");
        const auto* inverse = std::get_if<InverseGamma>(&family);
        if (inverse != nullptr && inverse->shape == 1.0 && width < 2.0)
            throw base::InputError(place, "inverse-gamma: shape: 1 is scaled by p ln p; expected width >= 2");
    }
}

} // namespace limsym::mixture
