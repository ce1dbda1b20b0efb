#include "commands.hpp"

int main(int argc, char** argv) {
    using namespace limsym::tools;
    limsym::cli::Tool tool;
    tool.name = "node-scaling";
    tool.summary = "wide shallow networks whose hidden nodes have unequal scales: training, tangent kernels, pruning";
    tool.description = {
        "The hidden nodes of the network f(x) = sum_j sqrt(lambda_j) a_j phi(w_j . x / sqrt d) have fixed scales "
        "lambda_j, a mixture of the uniform 1/m (weight gamma) and of the power law j^(-1/alpha). With gamma = 1 a "
        "wide "
        "network only does kernel regression; with gamma < 1 it also moves its features, and can be pruned.",
        "train follows gradient descent or the gradient flow with the tangent Gram matrix on the way, sweep does so "
        "over a grid in shards; prune and transfer say what the nodes of large scale are worth.",
        "scalings, init, ntg, features and theory describe networks and their tangent Gram matrices; simulate and "
        "split make data."};
    tool.references = {"F. Caron, F. Ayed, P. Jung, H. Lee, J. Lee, H. Yang, Over-parameterised Shallow Neural "
                       "Networks with Asymmetrical Node Scaling: Global Convergence Guarantees and Feature Learning, "
                       "Transactions on Machine Learning Research, 2025, arXiv 2302.01002."};
    tool.see_also = {"mogp-sample(1)", "nngp-kernel(1)", "limsym(7)"};
    tool.commands = {scalings_command(), split_command(),    simulate_command(), init_command(),  predict_command(),
                     ntg_command(),      features_command(), theory_command(),   train_command(), prune_command(),
                     transfer_command(), sweep_command(),    merge_command()};
    return limsym::cli::run_tool(std::move(tool), argc, argv);
}
