#include <memory>

#include "commands.hpp"
#include "limsym/mixture/levy_measure.hpp"
#include "prior_options.hpp"

namespace limsym::tools {

namespace {

struct InverseTailOptions {
    std::string prior;
    Arguments arguments;
};

int run(const InverseTailOptions& options, cli::Context& context) {
    const mixture::LimitLaw law = mixture::limit_law(mixture::parse_prior(options.prior));
    const std::vector<double> g = read(options.arguments, "g", Least::positive, context);
    std::vector<double> x;
    for (const double at : g)
        x.push_back(law.inverse_tail(at));
    write_function({"g", "x"}, {g, x}, context);
    return 0;
}

} // namespace

cli::Command inverse_tail_command() {
    const auto options = std::make_shared<InverseTailOptions>();
    cli::Command command("inverse-tail", "x with rho(x, inf) = g: what turns Poisson arrivals into points");
    command.describe("The smallest x with rho(x, inf) <= g; 0 where g is not below the mass of rho.");
    command.example("mogp-sample inverse-tail --prior ggp:alpha=0.4 --at 0.01,1,100", "a table of three lines");
    declare_prior(command, options->prior);
    declare(command, options->arguments, "g");
    command.results({data::Format::csv});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
