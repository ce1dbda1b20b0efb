#include <limits>
#include <memory>

#include "commands.hpp"
#include "limsym/base/error.hpp"
#include "limsym/mixture/node_law.hpp"
#include "prior_options.hpp"

namespace limsym::tools {

namespace {

struct FiniteOptions {
    std::string prior;
    std::size_t width = 0;
    Arguments arguments;
};

int run(const FiniteOptions& options, cli::Context& context) {
    const mixture::Prior prior = mixture::parse_prior(options.prior);
    if (prior.terms.size() != 1)
        throw base::InputError("--prior", std::to_string(prior.terms.size()) +
                                              " terms; expected one, the law of a sum has no closed form");
    const auto width = static_cast<double>(options.width);
    mixture::check_width(prior, width);
    const mixture::NodeLaw law = mixture::node_law(prior.terms.front(), width);
    const std::vector<double> x = read(options.arguments, "x", Least::positive, context);
    std::vector<double> log_density;
    std::vector<double> survival;
    for (const double at : x) {
        log_density.push_back(law.log_density ? law.log_density(at) : std::numeric_limits<double>::quiet_NaN());
        survival.push_back(law.scaled_survival(at));
    }
    write_function({"x", "logpdf", "p_times_sf"}, {x, log_density, survival}, context);
    return 0;
}

} // namespace

cli::Command finite_command() {
    const auto options = std::make_shared<FiniteOptions>();
    cli::Command command("finite", "log density and p P(lambda > x) of a node's variance in a layer of width p");
    command.describe(
        "The third column tends to the tail of the Lévy measure as p grows. The log density is empty where "
        "there is none (constant, bernoulli, spike-slab), outside the support, and at poles.");
    command.example("mogp-sample finite --prior horseshoe --width 100 --at 0.01,1", "beside: mogp-sample levy");
    declare_prior(command, options->prior);
    command.integer(options->width, "--width", "P", 1, std::numeric_limits<std::int64_t>::max(), "width of the layer")
        .required = true;
    declare(command, options->arguments, "x");
    command.results({data::Format::csv});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
