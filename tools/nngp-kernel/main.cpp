#include "commands.hpp"

int main(int argc, char** argv) {
    using namespace limsym::tools;
    limsym::cli::Tool tool;
    tool.name = "nngp-kernel";
    tool.summary = "kernels of infinitely wide networks, and scale mixtures of the processes they define";
    tool.description = {
        "Computes the Gram matrices of networks of infinite width, and does exact Bayesian prediction with the "
        "Gaussian, "
        "Student-t and general scale-mixture processes that such networks define when the variance of their last layer "
        "is random.",
        "A job begins with a network (--net FILE, or --activation and --depth) and a table. fit, predict and score do "
        "regression; tune and cv choose hyperparameters; kernel, check and compare make and examine Gram matrices."};
    tool.references = {
        "H. Lee, E. Yun, H. Yang, J. Lee, Scale Mixtures of Neural Network Gaussian Processes, ICLR 2022, "
        "arXiv 2107.01408."};
    tool.see_also = {"limsym(7)"};
    tool.commands = {kernel_command(),
                     merge_command(),
                     act_command(),
                     fit_command(),
                     predict_command(),
                     score_command(),
                     tune_command(),
                     cv_command(),
                     scale_command(),
                     sample_command(),
                     flow_command(),
                     classify_fit_command(),
                     classify_predict_command(),
                     ood_command(),
                     check_command(),
                     compare_command()};
    return limsym::cli::run_tool(std::move(tool), argc, argv);
}
