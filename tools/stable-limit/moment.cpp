#include <armadillo>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "commands.hpp"
#include "law_options.hpp"
#include "limsym/base/number.hpp"

namespace limsym::tools {

namespace {

struct MomentOptions {
    stable::Law law;
    std::vector<double> p;
};

/// Why there is no number, or nothing.
std::optional<std::string> infinite(const stable::Law& law, double p) {
    if (law.sigma == 0.0 && p < 0.0) return "infinite: p < 0 at sigma 0";
    if (law.sigma > 0.0 && law.alpha < 2.0 && p >= law.alpha) return "infinite: p >= alpha";
    return std::nullopt;
}

int run(const MomentOptions& options, cli::Context& context) {
    arma::vec finite(options.p.size(), arma::fill::zeros);
    for (std::size_t i = 0; i < options.p.size(); ++i)
        if (!infinite(options.law, options.p[i])) finite(i) = stable::absolute_moment(options.law, options.p[i]);
    warn_of_held(hold_in_range(finite), context);
    if (context.result_format() == data::Format::csv) {
        std::string text = "p,value\n";
        for (std::size_t i = 0; i < options.p.size(); ++i) {
            base::append_number(text, options.p[i]);
            text += ',';
            if (!infinite(options.law, options.p[i])) base::append_number(text, finite(i));
            text += '\n';
        }
        context.out()(text);
        return 0;
    }
    data::Json values = data::Json::array();
    data::Json reasons = data::Json::array();
    for (std::size_t i = 0; i < options.p.size(); ++i) {
        const std::optional<std::string> why = infinite(options.law, options.p[i]);
        values.push_back(why ? data::Json() : data::Json(finite(i)));
        reasons.push_back(why ? data::Json(*why) : data::Json());
    }
    data::Json record = context.head("limsym/stable-moment@1");
    record["options"] = data::Json::object();
    append_law(record, options.law);
    record["p"] = options.p;
    record["value"] = std::move(values);
    record["reason"] = std::move(reasons);
    context.write(record);
    return 0;
}

} // namespace

cli::Command moment_command() {
    const auto options = std::make_shared<MomentOptions>();
    cli::Command command("moment", "absolute moments E|X - loc|^p");
    command.describe(
        "Closed form for -1 < p < alpha; at alpha 2 for every p > -1. Infinite moments are empty cells, in "
        "JSON null beside a reason.");
    command.example("stable-limit moment --alpha 1.2 --p 0.5,1,1.2 --to json", "the last one is infinite");
    declare(command, options->law);
    command.group("Powers");
    command
        .numbers(options->p, "--p", "LIST", cli::Range{-1.0, std::numeric_limits<double>::infinity(), true, false},
                 "the powers, p > -1")
        .required = true;
    command.results({data::Format::csv, data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
