#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "law_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/data/json.hpp"
#include "limsym/data/text_buffer.hpp"
#include "limsym/stable/bootstrap.hpp"
#include "sample_options.hpp"

namespace limsym::tools {

namespace {

struct TestOptions {
    SampleInput input;
    std::vector<double> against;
    std::optional<std::string> limit;
    std::optional<std::string> fitted;
    std::string statistic = "ks";
    std::optional<std::size_t> bootstrap;
    double level = 0.001;
};

/// A,S[,M]
stable::Law law_of_list(const std::vector<double>& numbers) {
    const std::string option = "--against";
    if (numbers.size() != 2 && numbers.size() != 3)
        throw base::InputError(option, std::to_string(numbers.size()) + " numbers; expected alpha,sigma or "
                                                                        "alpha,sigma,loc");
    const auto text = [&](std::size_t i) { return base::number_text(numbers[i]); };
    if (!(numbers[0] >= stable::smallest_alpha && numbers[0] <= 2.0))
        throw base::InputError(option, text(0) + " is out of range; expected 0.02 <= alpha <= 2");
    if (numbers[1] < 0.0) throw base::InputError(option, text(1) + " is out of range; expected sigma > 0");
    if (numbers[1] == 0.0) throw base::InputError(option, "sigma 0 is degenerate; expected sigma > 0");
    return {numbers[0], numbers[1], numbers.size() == 3 ? numbers[2] : 0.0};
}

/// The law in the first line of what scale wrote.
stable::Law law_of_document(const std::string& file) {
    data::LineReader reader{base::InputFile(file)};
    std::string_view line;
    do {
        if (!reader.next(line)) throw base::InputError(file, "is empty; expected a limsym/stable-scale@1 document");
    } while (line.find_first_not_of(" \t\r") == std::string_view::npos);
    const data::Json document = data::parse_json(line, file, reader.line());
    data::ObjectReader object(document, file, "");
    object.schema("limsym/stable-scale@1", true);
    stable::Law law;
    law.alpha = object.number(
        "alpha", {}, [](double a) { return a >= stable::smallest_alpha && a <= 2.0; }, "0.02 <= alpha <= 2");
    law.sigma = object.number(
        "sigma", {}, [](double s) { return s > 0.0; }, "> 0");
    return law;
}

/// The law to compare with: given, or fitted to the sample.
stable::Law law_of(const TestOptions& options, const data::Column& sample, cli::Context& context) {
    if (options.limit) return law_of_document(context.source(*options.limit).file);
    if (!options.fitted) return law_of_list(options.against);
    require_values(sample, stable::fewest_values);
    return with_place(sample, [&] { return stable::fit(sample.values, fit_method(*options.fitted)).law; });
}

void check(const TestOptions& options) {
    const int laws = (options.against.empty() ? 0 : 1) + (options.limit ? 1 : 0) + (options.fitted ? 1 : 0);
    if (laws == 0) throw base::InputError("--against", "is missing; expected one of --against, --limit or --fitted");
    if (laws > 1)
        throw base::InputError(options.fitted ? "--fitted" : "--limit",
                               "a second law is given; expected one of --against, --limit or --fitted");
    if (options.fitted && !options.bootstrap)
        throw base::InputError("--fitted needs --bootstrap B: p-values of fitted parameters are not distribution free");
}

data::Json result_of(const stable::TestResult& result) {
    return {{"stat", stable::statistic_name(result.statistic)},
            {"statistic", result.value},
            {"p_value", result.p_value ? data::Json(*result.p_value) : data::Json()},
            {"p_method", result.p_method.empty() ? data::Json() : data::Json(result.p_method)}};
}

/// Statistics of values that the law hardly allows may leave double.
void hold(std::vector<stable::TestResult>& results, cli::Context& context) {
    arma::vec statistics(results.size(), arma::fill::none);
    for (std::size_t i = 0; i < results.size(); ++i)
        statistics(i) = results[i].value;
    warn_of_held(hold_in_range(statistics), context);
    for (std::size_t i = 0; i < results.size(); ++i)
        results[i].value = statistics(i);
}

int run(const TestOptions& options, cli::Context& context) {
    check(options);
    // The law first: it may stand on standard input.
    std::optional<stable::Law> law;
    if (options.limit) law = law_of(options, {}, context);
    const data::Column sample = read_sample(options.input, context);
    if (!law) law = law_of(options, sample, context);
    warn_of_ties(sample, context);

    stable::TestRequest request;
    request.law = *law;
    if (options.statistic == "all")
        request.statistics = {stable::Statistic::ks, stable::Statistic::ad, stable::Statistic::ecf};
    else
        request.statistics = {stable::statistic_of(options.statistic)};
    if (options.bootstrap) request.bootstrap = *options.bootstrap;
    if (options.fitted) request.refit = fit_method(*options.fitted);
    request.seed = context.seed();
    std::vector<stable::TestResult> results = stable::test(request, sample.values, context.monitor());
    hold(results, context);

    const bool pass = std::all_of(results.begin(), results.end(), [&](const stable::TestResult& result) {
        return !result.p_value || *result.p_value >= options.level;
    });
    data::Json record = context.head("limsym/stable-test@1");
    record["options"] = {{"stat", options.statistic},
                         {"fitted", options.fitted ? data::Json(*options.fitted) : data::Json()},
                         {"bootstrap", options.bootstrap ? data::Json(*options.bootstrap) : data::Json()}};
    record["n"] = sample.values.n_elem;
    append_law(record, *law);
    record["level"] = options.level;
    record["tests"] = data::Json::array();
    for (const stable::TestResult& result : results)
        record["tests"].push_back(result_of(result));
    record["pass"] = pass;
    context.write(record);
    return pass ? 0 : 1;
}

} // namespace

cli::Command test_command() {
    const auto options = std::make_shared<TestOptions>();
    cli::Command command("test", "does the sample follow this law: a checker's answer with p-values");
    command.describe("ks: Kolmogorov-Smirnov with its exact distribution up to 1e5 values. ad: Anderson-Darling with "
                     "its asymptotic one. ecf: distance of characteristic functions, n int |phi_n(t) - phi(t)|^2 "
                     "exp(-|sigma t|) sigma dt, which has a p-value by --bootstrap alone. Exit status 1 when some "
                     "p-value is below --level.");
    command.describe("Parameters that were fitted to the same sample make the known distributions wrong: --fitted fits "
                     "again in every bootstrap sample.");
    command.example("stable-limit test --against 1.5,2 --stat all sample.csv", "three statistics against S_1.5(2)");
    command.example("stable-limit test --fitted mcculloch --bootstrap 999 sample.csv", "is it stable at all?");
    command.group("Law");
    command.numbers(options->against, "--against", "A,S[,M]", cli::Range::any(), "alpha, sigma and location (0)");
    command.input(options->limit, "--limit", "the law that scale wrote, its first line");
    command.text(options->fitted, "--fitted", "mcculloch|ecf|mle", "the law fitted to the sample; needs --bootstrap");
    command.group("Test");
    command.choice(options->statistic, "--stat", {"ks", "ad", "ecf", "all"}, "which statistics");
    command.integer(options->bootstrap, "--bootstrap", "B", 1, 1'000'000,
                    "p-values from B samples of the law: (1 + #{T* >= T})/(B + 1)");
    command.number(options->level, "--level", "P", cli::Range::open(0.0, 1.0), "exit 1 below this p-value");
    declare(command, options->input);
    command.random();
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
