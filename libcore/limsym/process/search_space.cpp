#include "limsym/process/search_space.hpp"

#include <vector>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::process {

namespace {

Hyperparameter parse_name(const std::string& name, const std::string& option) {
    std::vector<std::string> names;
    for (const Hyperparameter parameter : hyperparameters) {
        names.emplace_back(name_of(parameter));
        if (names.back() == name) return parameter;
    }
    throw base::InputError(option, base::quoted(name) + " is unknown; expected " + base::join(names) +
                                       base::did_you_mean(name, names));
}

SearchRange parse_range(const std::string& text, const std::string& item, const std::string& option) {
    const std::size_t colon = text.find(':');
    const auto low = base::parse_number(text.substr(0, colon));
    const auto high = colon == std::string::npos ? std::nullopt : base::parse_number(text.substr(colon + 1));
    if (!low || !high) throw base::InputError(option, base::quoted(item) + " is no range; expected NAME=low:high");
    if (!(*low > 0.0) || !(*high >= *low))
        throw base::InputError(option, base::quoted(item) + " is out of range; expected 0 < low <= high");
    return {*low, *high};
}

} // namespace

std::string_view name_of(Hyperparameter parameter) {
    switch (parameter) {
    case Hyperparameter::sigma_w:
        return "sigma_w";
    case Hyperparameter::sigma_b:
        return "sigma_b";
    case Hyperparameter::noise:
        return "noise";
    case Hyperparameter::alpha:
        return "alpha";
    case Hyperparameter::beta:
        return "beta";
    }
    return "";
}

SearchRange starting_range(Hyperparameter parameter) {
    switch (parameter) {
    case Hyperparameter::sigma_w:
        return {0.5, 3.0};
    case Hyperparameter::sigma_b:
        return {0.05, 3.0};
    case Hyperparameter::noise:
        return {1e-6, 1.0};
    case Hyperparameter::alpha:
    case Hyperparameter::beta:
        break;
    }
    return {0.5, 8.0};
}

SearchRange widest_range(Hyperparameter parameter) {
    return {parameter == Hyperparameter::noise ? 1e-12 : 1e-4, 1e4};
}

SearchSpace parse_search_space(const std::string& text, const std::string& option) {
    SearchSpace space;
    for (std::size_t first = 0; first < text.size();) {
        const std::size_t last = std::min(text.find(',', first), text.size());
        const std::string item = text.substr(first, last - first);
        first = last + 1;
        const std::size_t equals = item.find('=');
        const Hyperparameter parameter = parse_name(item.substr(0, equals), option);
        auto& range = space.given[static_cast<std::size_t>(parameter)];
        if (range) throw base::InputError(option, std::string(name_of(parameter)) + " is given twice; expected once");
        range = parse_range(equals == std::string::npos ? "" : item.substr(equals + 1), item, option);
    }
    return space;
}

std::string to_text(const SearchSpace& space) {
    std::vector<std::string> items;
    for (const Hyperparameter parameter : hyperparameters)
        if (const auto& range = space[parameter])
            items.push_back(std::string(name_of(parameter)) + "=" + base::number_text(range->low) + ":" +
                            base::number_text(range->high));
    return base::join(items, ",");
}

} // namespace limsym::process
