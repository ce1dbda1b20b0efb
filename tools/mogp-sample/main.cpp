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
        "describe, levy, inverse-tail, psi, cf, finite, moments and prune-error answer questions about such laws "
        "exactly; variances, points, kernel and sample draw from them, from the limit of infinite width or from "
        "networks of any finite width; merge joins shards of draws.",
        "train fits networks with their node variances, prune and features say which of their nodes matter, loss what "
        "is maximised."};
    tool.references = {"H. Lee, F. Ayed, P. Jung, J. Lee, H. Yang, F. Caron, Deep neural networks with dependent "
                       "weights: Gaussian process mixture limit, heavy tails, sparsity and compressibility, Journal "
                       "of Machine Learning Research 24, 2023, arXiv 2205.08187."};
    tool.see_also = {"limsym(7)"};
    tool.commands = {describe_command(),  levy_command(),   inverse_tail_command(), psi_command(),
                     cf_command(),        finite_command(), moments_command(),      prune_error_command(),
                     variances_command(), points_command(), kernel_command(),       kernel_step_command(),
                     sample_command(),    loss_command(),   train_command(),        prune_command(),
                     features_command(),  merge_command()};
    tool.planned = {"transfer"};
    return limsym::cli::run_tool(std::move(tool), argc, argv);
}
