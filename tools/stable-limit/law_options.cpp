#include "law_options.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace limsym::tools {

void declare(cli::Command& command, stable::Law& law) {
    command.group("Law");
    cli::OptionSpec& alpha = command.number(law.alpha, "--alpha", "A", cli::Range::closed(stable::smallest_alpha, 2.0),
                                            "index: 2 normal, 1 Cauchy");
    alpha.required = true;
    alpha.default_text.clear();
    command.number(law.sigma, "--sigma", "S", cli::Range::not_negative(), "scale: E exp(itX) = exp(-|sigma t|^alpha)");
    command.number(law.loc, "--loc", "M", cli::Range::any(), "location, the median");
}

void append_law(data::Json& record, const stable::Law& law) {
    record["convention"] = stable::convention;
    record["alpha"] = law.alpha;
    record["sigma"] = law.sigma;
    record["loc"] = law.loc;
}

std::size_t hold_in_range(arma::mat& values) {
    constexpr double largest = std::numeric_limits<double>::max();
    std::size_t held = 0;
    for (double& value : values) {
        if (std::isinf(value)) value = std::copysign(largest, value);
        held += std::abs(value) == largest ? 1U : 0U;
    }
    return held;
}

void warn_of_held(std::size_t held, cli::Context& context) {
    if (held > 0)
        context.warn(std::to_string(held) + (held == 1 ? " value leaves" : " values leave") +
                     " the range of double; written as the largest number of that sign");
}

} // namespace limsym::tools
