// Ranges of hyperparameters for a continuous search.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace limsym::process {

/// In the order in which starts are drawn; alpha and beta are those of an inverse-gamma prior.
enum class Hyperparameter { sigma_w, sigma_b, noise, alpha, beta };
inline constexpr std::array<Hyperparameter, 5> hyperparameters{Hyperparameter::sigma_w, Hyperparameter::sigma_b,
                                                               Hyperparameter::noise, Hyperparameter::alpha,
                                                               Hyperparameter::beta};
[[nodiscard]] std::string_view name_of(Hyperparameter parameter);

/// 0 < low <= high
struct SearchRange {
    double low;
    double high;
};
/// Where starts are drawn when no range is given: sigma_w 0.5:3, sigma_b 0.05:3, noise 1e-6:1, alpha 0.5:8, beta 0.5:8.
[[nodiscard]] SearchRange starting_range(Hyperparameter parameter);
/// What bounds the search when no range is given: noise 1e-12:1e4, all others 1e-4:1e4.
[[nodiscard]] SearchRange widest_range(Hyperparameter parameter);

/// The ranges that were given.
struct SearchSpace {
    std::array<std::optional<SearchRange>, hyperparameters.size()> given;

    [[nodiscard]] const std::optional<SearchRange>& operator[](Hyperparameter parameter) const {
        return given[static_cast<std::size_t>(parameter)];
    }
};
/// "noise=1e-6:1,sigma_w=0.5:2"; "" gives no range. @throws InputError at `option`
[[nodiscard]] SearchSpace parse_search_space(const std::string& text, const std::string& option = "--space");
/// The text that parse_search_space reads back.
[[nodiscard]] std::string to_text(const SearchSpace& space);

} // namespace limsym::process
