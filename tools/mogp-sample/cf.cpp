#include <memory>

#include "commands.hpp"
#include "limsym/mixture/one_input.hpp"
#include "prior_options.hpp"

namespace limsym::tools {

namespace {

struct CfOptions {
    std::string prior;
    Arguments arguments;
    double scale = 1.0;
};

int run(const CfOptions& options, cli::Context& context) {
    const mixture::LimitLaw law = mixture::limit_law(mixture::parse_prior(options.prior));
    const std::vector<double> u = read(options.arguments, "u", Least::zero, context);
    std::vector<double> cf;
    for (const double at : u)
        cf.push_back(mixture::shallow_characteristic_function(law, at, options.scale));
    write_function({"u", "cf"}, {u, cf}, context);
    return 0;
}

} // namespace

cli::Command cf_command() {
    const auto options = std::make_shared<CfOptions>();
    cli::Command command("cf", "the characteristic function of an output of a net with one hidden ReLU layer");
    command.describe("One input, infinite width, no bias in the readout. With the horseshoe the output is exactly "
                     "Cauchy, with a stable law of index alpha it is symmetric 2 alpha-stable.");
    command.example("mogp-sample cf --prior horseshoe --at 0.5,1,2", "exp(-u/2) at three u");
    declare_prior(command, options->prior);
    declare(command, options->arguments, "u");
    command.number(options->scale, "--scale", "Q", cli::Range::not_negative(), "sigma_w^2 K^1 of the readout");
    command.results({data::Format::csv});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
