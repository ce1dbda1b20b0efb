#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "law_options.hpp"
#include "law_plot.hpp"
#include "limsym/stable/estimation.hpp"
#include "sample_options.hpp"

namespace limsym::tools {

namespace {

struct FitOptions {
    SampleInput input;
    std::string method = "ecf";
    std::optional<double> fixed_loc;
    std::optional<std::string> plot;
};

data::Json standard_errors(const stable::Fit& fit, bool fixed_loc) {
    if (!fit.standard_errors) return nullptr;
    const stable::Law& se = *fit.standard_errors;
    return {{"alpha", se.alpha > 0.0 ? data::Json(se.alpha) : data::Json()},
            {"sigma", se.sigma},
            {"loc", fixed_loc ? data::Json() : data::Json(se.loc)}};
}

data::Json record_of(const stable::Fit& fit, const FitOptions& options, std::size_t n, cli::Context& context) {
    data::Json record = context.head("limsym/stable-fit@1");
    record["options"] = {{"fix_loc", options.fixed_loc ? data::Json(*options.fixed_loc) : data::Json()}};
    record["method"] = options.method;
    record["n"] = n;
    append_law(record, fit.law);
    record["se"] = standard_errors(fit, options.fixed_loc.has_value());
    record["loglik"] = fit.log_likelihood ? data::Json(*fit.log_likelihood) : data::Json();
    record["boundary"] = fit.boundary;
    if (options.method == "mcculloch") {
        record["nu_alpha"] = fit.nu_alpha;
        record["quantiles"] = fit.quantiles;
    }
    if (fit.boundary && options.method == "mle")
        record["reasons"] = {{"se", "alpha is at the end of its range"}};
    else if (options.method == "mle" && !fit.standard_errors)
        record["reasons"] = {{"se", "the likelihood is flat or bent upwards where the search ended"}};
    return record;
}

int run(const FitOptions& options, cli::Context& context) {
    const data::Column sample = read_sample(options.input, context);
    require_values(sample, stable::fewest_values);
    const stable::Fit fit =
        with_place(sample, [&] { return stable::fit(sample.values, fit_method(options.method), options.fixed_loc); });
    warn_of_ties(sample, context);
    context.write(record_of(fit, options, sample.values.n_elem, context));
    if (options.plot) {
        data::Plot plot = law_plot(fit.law);
        plot.title = "sample and fitted law";
        add_histogram(plot, sample.values);
        context.at_commit([plot, file = *options.plot] { data::write_plot(file, plot); });
    }
    return 0;
}

} // namespace

cli::Command fit_command() {
    const auto options = std::make_shared<FitOptions>();
    cli::Command command("fit", "alpha, sigma and location of a sample");
    command.describe("ecf regresses the logarithm of the empirical characteristic function (Koutrouvelis); mcculloch "
                     "compares quantiles with those of the exact law, for alpha from 0.2; mle maximises the likelihood "
                     "and gives standard errors. boundary is true where alpha was cut at the end of its range, or "
                     "where the likelihood rises up to alpha 2. The sample needs 20 values.");
    command.example("stable-limit fit --method mle returns.csv", "estimates with standard errors");
    command.example("stable-limit sample --alpha 1.5 --count 1e5 --to npy | stable-limit fit --from npy",
                    "1.5, nearly");
    command.choice(options->method, "--method", {"mcculloch", "ecf", "mle"}, "quantiles, regression or likelihood");
    command.number(options->fixed_loc, "--fix-loc", "V", cli::Range::any(), "the location is known to be V");
    declare(command, options->input);
    command.plot(options->plot, "the sample and the fitted density over its middle 98 %");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
