#include <memory>

#include "commands.hpp"
#include "limsym/mixture/levy_measure.hpp"
#include "prior_options.hpp"

namespace limsym::tools {

namespace {

struct PsiOptions {
    std::string prior;
    Arguments arguments;
};

int run(const PsiOptions& options, cli::Context& context) {
    const mixture::LimitLaw law = mixture::limit_law(mixture::parse_prior(options.prior));
    const std::vector<double> t = read(options.arguments, "t", Least::zero, context);
    std::vector<double> psi;
    for (const double at : t)
        psi.push_back(law.psi(at));
    write_function({"t", "psi"}, {t, psi}, context);
    return 0;
}

} // namespace

cli::Command psi_command() {
    const auto options = std::make_shared<PsiOptions>();
    cli::Command command("psi", "the Laplace exponent of the limit of the sum of node variances");
    command.describe(
        "psi(t) = a t + the integral of 1 - exp(-t x) by rho: the sum of the node variances tends to a law "
        "with E exp(-t sum) = exp(-psi(t)).");
    command.example("mogp-sample psi --prior constant:c=0.2+gamma --at 0.5,1,2", "a table of three lines");
    declare_prior(command, options->prior);
    declare(command, options->arguments, "t");
    command.results({data::Format::csv});
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
