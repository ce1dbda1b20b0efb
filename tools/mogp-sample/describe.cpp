#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "limsym/mixture/levy_measure.hpp"
#include "prior_options.hpp"

namespace limsym::tools {

namespace {

struct DescribeOptions {
    std::string prior;
    std::vector<double> below;
    std::vector<double> max_quantiles;
};

int run(const DescribeOptions& options, cli::Context& context) {
    const mixture::LimitLaw law = mixture::limit_law(mixture::parse_prior(options.prior));
    require_range(options.below, "--below", cli::Range::positive(), "eps > 0");
    require_range(options.max_quantiles, "--max-quantiles", cli::Range::open(0.0, 1.0), "0 < q < 1");

    data::Json record = context.head("limsym/mogp-prior@1");
    record["options"] = {{"below", options.below}, {"max_quantiles", options.max_quantiles}};
    data::Json reasons = data::Json::object();
    const auto put = [&](const char* field, std::optional<double> value, const char* reason) {
        record[field] = value && std::isfinite(*value) ? data::Json(*value) : data::Json();
        if (record[field].is_null()) reasons[field] = reason;
    };
    constexpr const char* no_jumps = "rho is zero";
    constexpr const char* heavy = "infinite: the tail of rho is too heavy";
    const bool jumps = law.has_jumps();
    const bool infinite = law.infinite_activity();
    record["prior"] = options.prior;
    record["a"] = law.drift();
    record["regime"] = jumps ? "mogp" : "gp";
    record["compressible"] = law.compressible();
    record["activity"] = jumps ? data::Json(infinite ? "infinite" : "finite") : data::Json();
    if (!jumps) reasons["activity"] = no_jumps;
    put("mass", jumps && !infinite ? std::optional(law.mass()) : std::nullopt,
        jumps ? "infinite: there are infinitely many points" : no_jumps);
    put("tail_exponent", law.tail_exponent(), jumps ? "the tail is lighter than any power" : no_jumps);
    put("small_exponent", law.small_exponent(), jumps ? "there are finitely many points" : no_jumps);
    put("M1", law.moment(1), heavy);
    put("M2", law.moment(2), heavy);
    put("mean_sum", law.mean_sum(), heavy);
    record["below"] = data::Json::array();
    for (const double eps : options.below)
        record["below"].push_back({{"eps", eps}, {"M1", law.moment_below(1, eps)}});
    record["max_quantiles"] = data::Json::array();
    for (const double q : options.max_quantiles)
        record["max_quantiles"].push_back({{"q", q}, {"lambda", law.inverse_tail(-std::log(q))}});
    if (!reasons.empty()) record["reasons"] = std::move(reasons);
    context.write(record);
    return 0;
}

} // namespace

cli::Command describe_command() {
    const auto options = std::make_shared<DescribeOptions>();
    cli::Command command("describe", "the limit of a prior: a, the Lévy measure's activity, exponents and moments");
    command.describe("The sum of a layer's node variances tends to an infinitely divisible law with drift a and Lévy "
                     "measure rho. rho = 0 is the Gaussian regime (gp). With a = 0 and rho not zero any fixed share of "
                     "the nodes can be pruned at no loss (compressible). M1 and M2 are the integrals of x and x^2 by "
                     "rho. Exponents are those of powers of x that rho(x, inf) follows at infinity and at 0.");
    command.example("mogp-sample describe --prior gbfry:alpha=0.5,tau=2 --max-quantiles 0.5 | jq '{a, M1, "
                    "max_quantiles}'",
                    "mean of the sum, and the median of the largest node variance");
    declare_prior(command, options->prior);
    command.numbers(options->below, "--below", "LIST", cli::Range::any(), "thresholds eps: M1 of rho on (0, eps]");
    command.numbers(options->max_quantiles, "--max-quantiles", "LIST", cli::Range::any(),
                    "probabilities q: quantiles of the largest node variance");
    command.results({data::Format::json});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
