#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/base/number.hpp"
#include "limsym/stable/law.hpp"

namespace limsym::tools {

namespace {

int run(const std::vector<double>& alphas, cli::Context& context) {
    if (context.result_format() == data::Format::csv) {
        std::string text = "alpha,C_alpha,k_alpha\n";
        for (const double alpha : alphas) {
            base::append_number(text, alpha);
            text += ',';
            if (alpha < 2.0) base::append_number(text, stable::norming_constant(alpha));
            text += ',';
            base::append_number(text, stable::tail_constant(alpha));
            text += '\n';
        }
        context.out()(text);
        return 0;
    }
    data::Json record = context.head("limsym/stable-constants@1");
    record["options"] = data::Json::object();
    record["alpha"] = alphas;
    data::Json constants = data::Json::array();
    data::Json tails = data::Json::array();
    for (const double alpha : alphas) {
        constants.push_back(alpha < 2.0 ? data::Json(stable::norming_constant(alpha)) : data::Json());
        tails.push_back(stable::tail_constant(alpha));
    }
    record["C_alpha"] = std::move(constants);
    record["k_alpha"] = std::move(tails);
    if (std::find(alphas.begin(), alphas.end(), 2.0) != alphas.end())
        record["reasons"] = {{"C_alpha", "infinite at alpha 2"}};
    context.write(record);
    return 0;
}

} // namespace

cli::Command constants_command() {
    const auto alphas = std::make_shared<std::vector<double>>();
    cli::Command command("constants", "the norming constant C_alpha and the tail constant k_alpha = 1/C_alpha");
    command.describe("C_alpha is the integral of u^-alpha sin u over u > 0. A sum of n independent symmetric numbers "
                     "with P(|W| > t) = t^-alpha, divided by (n C_alpha)^(1/alpha), tends to S_alpha(1), and k_alpha "
                     "is the limit of t^alpha P(|X| > t) for X of S_alpha(1). At alpha 2 C_alpha is infinite: the cell "
                     "is empty.");
    command.example("stable-limit constants --alpha 0.5,1,1.5", "a table of three lines");
    command.numbers(*alphas, "--alpha", "LIST", cli::Range{stable::smallest_alpha, 2.0}, "indices").required = true;
    command.results({data::Format::csv, data::Format::json});
    command.run([alphas](cli::Context& context) { return run(*alphas, context); });
    return command;
}

} // namespace limsym::tools
