#include <limits>
#include <memory>

#include "commands.hpp"
#include "limsym/mixture/levy_measure.hpp"
#include "prior_options.hpp"

namespace limsym::tools {

namespace {

struct LevyOptions {
    std::string prior;
    Arguments arguments;
};

int run(const LevyOptions& options, cli::Context& context) {
    const mixture::LimitLaw law = mixture::limit_law(mixture::parse_prior(options.prior));
    const std::vector<double> x = read(options.arguments, "x", Least::positive, context);
    std::vector<double> density;
    std::vector<double> tail;
    for (const double at : x) {
        density.push_back(law.density(at).value_or(std::numeric_limits<double>::quiet_NaN()));
        tail.push_back(law.tail(at));
    }
    write_function({"x", "density", "tail"}, {x, density, tail}, context);
    return 0;
}

} // namespace

cli::Command levy_command() {
    const auto options = std::make_shared<LevyOptions>();
    cli::Command command("levy", "density and tail rho(x, inf) of the Lévy measure of a prior");
    command.describe("The density is empty where the prior has a family with an atom (bernoulli).");
    command.example("mogp-sample levy --prior gamma:eta=1,beta=2 --at 0.01,0.1,1", "a table of three lines");
    declare_prior(command, options->prior);
    declare(command, options->arguments, "x");
    command.results({data::Format::csv});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
