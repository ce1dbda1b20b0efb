#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "heavy_options.hpp"
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/stable/weights.hpp"
#include "sample_options.hpp"

namespace limsym::tools {

namespace {

struct NormingOptions {
    std::string family;
    std::vector<std::string> parameters;
    std::vector<double> widths;
    std::string norming = "auto";
    SampleInput input;
};

/// k=v of --param
std::map<std::string, double> parameters_of(const std::vector<std::string>& given) {
    std::map<std::string, double> parameters;
    for (const std::string& text : given) {
        const std::size_t at = text.find('=');
        const bool named = at != std::string::npos && at > 0;
        const auto value = named ? base::parse_number(text.substr(at + 1)) : std::nullopt;
        if (!value) throw base::InputError("--param", base::quoted(text) + " is no parameter; expected NAME=NUMBER");
        if (!parameters.emplace(text.substr(0, at), *value).second)
            throw base::InputError("--param", base::quoted(text.substr(0, at)) + " is given twice; expected once");
    }
    return parameters;
}

struct Constants {
    std::map<std::string, double> parameters;
    double alpha = 2.0;
    std::string norming;
    std::vector<double> a_n;
};

Constants empirical(const NormingOptions& options, const std::vector<std::size_t>& widths, cli::Context& context) {
    Constants result;
    result.parameters = parameters_of(options.parameters);
    for (const auto& [name, value] : result.parameters)
        if (name != "alpha") throw base::InputError("--param", name + ": is no parameter of empirical; expected alpha");
    const auto alpha = result.parameters.find("alpha");
    if (alpha == result.parameters.end())
        throw base::InputError("--param", "alpha: is missing; expected 0.02 <= alpha < 2 of empirical");
    result.alpha = alpha->second;
    if (!(result.alpha >= 0.02 && result.alpha < 2))
        throw base::InputError("--param", "alpha: " + base::number_text(result.alpha) +
                                              " is out of range; expected 0.02 <= alpha < 2");
    if (options.norming == "asymptotic")
        throw base::InputError("--norming", "asymptotic needs a finite variance; expected exact");
    result.norming = "exact";
    SampleInput input = options.input;
    if (input.files.empty()) input.files.emplace_back("-");
    const data::Column sample = read_sample(input, context);
    const arma::vec magnitudes = arma::sort(arma::abs(sample.values));
    for (const std::size_t n : widths) {
        const stable::EmpiricalNorming a = stable::empirical_norming(magnitudes, result.alpha, static_cast<double>(n));
        if (a.beyond_data)
            context.warn("n = " + std::to_string(n) + " is beyond the data: a_n is the largest of " +
                         std::to_string(magnitudes.n_elem) + " values");
        result.a_n.push_back(a.value);
    }
    return result;
}

Constants of_family(const NormingOptions& options, const std::vector<std::size_t>& widths) {
    const auto made = stable::make_weight_law(options.family, parameters_of(options.parameters), std::nullopt);
    if (const auto* problem = std::get_if<stable::WeightProblem>(&made)) {
        if (problem->parameter.empty()) {
            std::vector<std::string> names = stable::family_names();
            names.emplace_back("empirical");
            throw base::InputError("--family", base::quoted(options.family) + " is unknown; expected one of " +
                                                   base::join(names) + base::did_you_mean(options.family, names));
        }
        throw base::InputError("--param", problem->parameter + ": " + problem->message);
    }
    const auto& law = std::get<stable::WeightLaw>(made);
    const stable::Norming rule = options.norming == "exact"        ? stable::Norming::exact
                                 : options.norming == "asymptotic" ? stable::Norming::asymptotic
                                                                   : stable::Norming::automatic;
    Constants result;
    result.parameters = stable::parameters_of(law);
    result.alpha = stable::limit_index(law);
    result.norming = stable::norming_name(stable::resolved(law, rule));
    for (const std::size_t n : widths)
        result.a_n.push_back(stable::norming(law, static_cast<double>(n), rule));
    return result;
}

int run(const NormingOptions& options, cli::Context& context) {
    const std::vector<std::size_t> widths = widths_of(options.widths, "--widths");
    const bool data = options.family == "empirical";
    if (!data && !options.input.files.empty())
        throw base::InputError(options.input.files[0], "is read by --family empirical only; expected no file");
    if (!data && options.input.column)
        throw base::InputError("--column", "is read by --family empirical only; expected none");
    const Constants constants = data ? empirical(options, widths, context) : of_family(options, widths);
    if (context.result_format() == data::Format::csv) {
        std::string text = "family,n,a_n,alpha\n";
        for (std::size_t i = 0; i < widths.size(); ++i)
            text += options.family + "," + std::to_string(widths[i]) + "," + base::number_text(constants.a_n[i]) + "," +
                    base::number_text(constants.alpha) + "\n";
        context.out()(text);
        return 0;
    }
    data::Json record = context.head("limsym/norming@1");
    record["options"] = {{"norming", options.norming}};
    record["family"] = options.family;
    record["params"] = constants.parameters;
    record["alpha"] = constants.alpha;
    record["norming"] = constants.norming;
    record["n"] = widths;
    record["a_n"] = constants.a_n;
    context.write(record);
    return 0;
}

} // namespace

cli::Command norming_command() {
    const auto options = std::make_shared<NormingOptions>();
    cli::Command command("norming", "the constants by which sums of heavy-tailed weights are divided");
    command.describe("a_n is such that a_n^-1 (W_1 + ... + W_n) tends to S_alpha(1) for the symmetric weights W of a "
                     "family: the infimum of the t with t^-alpha L(t) <= 1/n. Where the variance v is finite the rule "
                     "is sqrt(n v/2), unless --norming exact asks for the infimum.");
    command.describe("Families and parameters: stable alpha, pareto alpha, student nu, logpareto alpha c, gaussian, "
                     "uniform, laplace, rademacher, each but logpareto with scale (1). empirical alpha reads a FILE of "
                     "weights and takes an order statistic of their magnitudes.");
    command.example("stable-limit norming --family pareto --param alpha=1.5 --widths 10,1000,1e6", "a table of a_n");
    command.example("stable-limit norming --family empirical --param alpha=1.2 --widths 100 weights.csv",
                    "a_n of measured weights");
    command.text(options->family, "--family", "F", "family of the weights, or empirical").required = true;
    command.texts(options->parameters, "--param", "NAME=V", "a parameter of the family; may be given several times");
    command.numbers(options->widths, "--widths", "LIST", cli::Range{1.0, 1e15}, "numbers n of summands").required =
        true;
    command.choice(options->norming, "--norming", {"auto", "exact", "asymptotic"},
                   "the infimum, or sqrt(n v/2); auto: the latter where the variance is finite");
    command.text(options->input.column, "--column", "NAME|N", "column of FILE");
    command.operands(options->input.files, 0, 1, "[FILE]", "weights, with --family empirical");
    command.results({data::Format::csv, data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
