#include "heavy_options.hpp"

#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/stable/law.hpp"

namespace limsym::tools {

namespace {

constexpr std::size_t most_width = 1'000'000'000'000;

} // namespace

void declare(cli::Command& command, HeavyOptions& options) {
    declare(command, options.network, most_width);
    command.number(options.alpha, "--alpha", "A", cli::Range::closed(stable::smallest_alpha, 2.0),
                   "stability index of dense layers that say none");
    command.choice(options.param, "--param", {"cf", "gauss"},
                   "what sigma_w and sigma_b of layers with alpha 2 are: scales of the characteristic function "
                   "exp(-|sigma t|^2), or standard deviations");
}

network::Network read_description(const HeavyOptions& options, cli::Context& context, bool width_wins) {
    NetworkOptions network = options.network;
    if (width_wins && network.net) network.width.reset();
    return read_network(network, context, {.stable = true});
}

stable::ScaleMeaning scale_meaning(const HeavyOptions& options) {
    return options.param == "gauss" ? stable::ScaleMeaning::standard_deviation
                                    : stable::ScaleMeaning::characteristic_function;
}

stable::HeavyNetwork heavy_network(const HeavyOptions& options, const network::Network& description) {
    return stable::heavy_network(description, options.alpha, scale_meaning(options));
}

stable::HeavyNetwork read_heavy_network(const HeavyOptions& options, cli::Context& context) {
    return heavy_network(options, read_description(options, context));
}

void declare(cli::Command& command, InputRows& rows, std::size_t least) {
    declare_features(command, rows);
    command.operands(rows.files, least, 1, "X", "inputs, one a row");
}

std::vector<std::size_t> widths_of(const std::vector<double>& values, const std::string& option) {
    std::vector<std::size_t> widths;
    for (const double value : values) {
        if (value != std::floor(value) || !(value >= 1))
            throw base::InputError(option, base::number_text(value) + " is out of range; expected whole numbers >= 1");
        widths.push_back(static_cast<std::size_t>(value));
    }
    return widths;
}

} // namespace limsym::tools
