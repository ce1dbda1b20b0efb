#include "group_options.hpp"

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/symmetry/linear_action_expression.hpp"

namespace limsym::tools {

void declare(cli::Command& command, GroupOption& option) {
    command.text(option.group, "--group", "G",
                 "group, such as SO(3), 'O(1,3)', 'SO(2)@0,2/3', 'SO(3)xS(5)', gens:FILE or FILE.json");
}

symmetry::LinearAction read_group(const GroupOption& option, cli::Context& context) {
    if (!option.group) throw base::InputError("--group", "is missing; expected a group such as 'SO(3)'");
    symmetry::GivenAction given = symmetry::linear_action_of(*option.group, "--group");
    for (const std::string& doubt : given.doubts)
        context.warn(doubt);
    return std::move(given.action);
}

void declare(cli::Command& command, RepresentationOptions& options) {
    command.text(options.in, "--rep-in", "R", "representation of the inputs, such as V, 5S+5V, T(2), V'");
    command.text(options.out, "--rep-out", "R", "representation of the outputs");
}

symmetry::Representation read_representation(const std::optional<std::string>& text,
                                             const symmetry::LinearAction& group, const std::string& option) {
    if (!text) throw base::InputError(option, "is missing; expected a representation such as V or 5S+5V");
    return symmetry::parse_representation(*text, group, option);
}

void declare(cli::Command& command, MeasureOptions& options) {
    command.choice(
        options.measure, "--measure", {"auto", "haar", "lie-normal", "enumerate"},
        "law of random elements; auto: uniform from the list of a finite group, else Haar, else exp of normal numbers");
    command.number(options.scale, "--scale", "s", cli::Range::positive(),
                   "lie-normal: standard deviation of every coordinate (1 for rotations, 0.3 for boosts)");
    command.integer(options.exact_limit, "--exact-limit", "N", 1, 100'000'000, "largest finite group that is listed");
}

symmetry::ElementSampler make_sampler(const MeasureOptions& options, const symmetry::LinearAction& group) {
    using Law = symmetry::ElementSampler::Law;
    const Law law = options.measure == "auto"         ? Law::automatic
                    : options.measure == "haar"       ? Law::haar
                    : options.measure == "lie-normal" ? Law::lie_normal
                                                      : Law::enumerate;
    return {group, law, options.scale, options.exact_limit};
}

data::Json element_json(const symmetry::Element& g) {
    if (g.size() == 1) return symmetry::rows_json(g.front());
    data::Json factors = data::Json::array();
    for (const arma::mat& m : g)
        factors.push_back(symmetry::rows_json(m));
    return factors;
}

} // namespace limsym::tools
