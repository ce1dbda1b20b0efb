#include "commands.hpp"

int main(int argc, char** argv) {
    using namespace limsym::tools;
    limsym::cli::Tool tool;
    tool.name = "mogp-sample";
    tool.summary = "wide networks whose nodes have random variances: mixtures of Gaussian processes, pruning";
    tool.description = {
        "When every hidden node of a network has its own random variance, shared by all weights that leave it, the "
        "limit of infinite width is a mixture of Gaussian processes: a Gaussian process whose kernel is random. A "
        "number a and a Lévy measure rho describe what remains of the variances' law.",
        "describe, levy, inverse-tail, psi and cf answer questions about such laws exactly."};
    tool.references = {"H. Lee, F. Ayed, P. Jung, J. Lee, H. Yang, F. Caron, Deep neural networks with dependent "
                       "weights: Gaussian process mixture limit, heavy tails, sparsity and compressibility, Journal "
                       "of Machine Learning Research 24, 2023, arXiv 2205.08187."};
    tool.see_also = {"limsym(7)"};
    tool.commands = {describe_command(), levy_command(), inverse_tail_command(), psi_command(), cf_command()};
    return limsym::cli::run_tool(std::move(tool), argc, argv);
}
