#include "commands.hpp"

int main(int argc, char** argv) {
    using namespace limsym::tools;
    limsym::cli::Tool tool;
    tool.name = "stable-limit";
    tool.summary = "alpha-stable laws, and the limits of wide networks with heavy-tailed weights";
    tool.description = {
        "Computes symmetric alpha-stable laws at full precision, samples, fits and tests them, and finds the stable "
        "laws "
        "that randomly initialised networks with heavy-tailed weights follow when they are wide.",
        "Every law is written S_alpha(sigma) with E exp(itX) = exp(-|sigma t|^alpha): alpha 2 is the normal law with "
        "variance 2 sigma^2, alpha 1 the Cauchy law."};
    tool.references = {"P. Jung, H. Lee, J. Lee, H. Yang, alpha-stable convergence of heavy-/light-tailed infinitely "
                       "wide neural networks, Advances in Applied Probability, 2023, arXiv 2106.11064."};
    tool.see_also = {"nngp-kernel(1)", "limsym(7)"};
    tool.commands = {pdf_command(),      logpdf_command(), cdf_command(),       sf_command(),        quantile_command(),
                     cf_command(),       moment_command(), constants_command(), sample_command(),    norming_command(),
                     scale_command(),    limit_command(),  draw_command(),      posterior_command(), simulate_command(),
                     converge_command(), fit_command(),    test_command(),      hill_command(),      merge_command()};
    return limsym::cli::run_tool(std::move(tool), argc, argv);
}
