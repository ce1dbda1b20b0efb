#include <memory>

#include "commands.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/nodescaling/simulated_data.hpp"

namespace limsym::tools {

namespace {

struct SimulateOptions {
    std::size_t n = 100;
    std::size_t ntest = 100;
    std::size_t dim = 50;
    double noise = 0.1;
    std::optional<std::string> test_out;
};

int run(const SimulateOptions& options, cli::Context& context) {
    context.memory().require(
        base::saturating_product(std::max(options.n, options.ntest), (options.dim + 1) * sizeof(double)), "the table");
    std::vector<std::string> names;
    for (std::size_t c = 1; c <= options.dim; ++c)
        names.push_back("x" + std::to_string(c));
    names.emplace_back("y");
    const auto table = [&](std::size_t rows, std::string_view purpose) {
        return nodescaling::simulated_data(rows, options.dim, options.noise, context.seed(), purpose);
    };
    data::write_csv(context.out(), names, table(options.n, "simulated training rows"));
    if (options.test_out)
        data::write_csv(context.file(*options.test_out), names, table(options.ntest, "simulated test rows"));
    return 0;
}

} // namespace

cli::Command simulate_command() {
    const auto options = std::make_shared<SimulateOptions>();
    cli::Command command("simulate", "the simulated regression of the paper");
    command.describe("Points uniform on the unit sphere, y = the mean over coordinates of 5 sin(pi x) plus Gaussian "
                     "noise.");
    command.example("node-scaling simulate --seed 1 --test-out test.csv > train.csv", "100 rows of each");
    command.integer(options->n, "--n", "N", 1, 1'000'000'000, "training rows");
    command.integer(options->ntest, "--ntest", "N", 1, 1'000'000'000, "test rows, for --test-out");
    command.integer(options->dim, "--dim", "D", 1, 10'000'000, "dimension");
    command.number(options->noise, "--noise", "V", cli::Range::not_negative(), "standard deviation of the noise");
    command.output(options->test_out, "--test-out", "file for the test rows, which are not drawn without it");
    command.results({data::Format::csv});
    command.random();
    command.run([options](cli::Context& context) { return run(*options, context); });
    return command;
}

} // namespace limsym::tools
