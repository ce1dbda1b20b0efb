#include "commands.hpp"

int main(int argc, char** argv) {
    using namespace limsym::tools;
    limsym::cli::Tool tool;
    tool.name = "symsat-learn";
    tool.summary = "learn logical rules from examples, use their symmetries, and discover them";
    tool.description = {
        "Learns a symmetric matrix C such that the completions of partial 0/1 assignments are minima of a relaxed "
        "MAXSAT "
        "problem with the weights C. Rules that do not change under a group of permutations of the variables have a "
        "handful of parameters, which are learned from fewer examples; the group is given, or found in a matrix."};
    tool.references = {
        "S. Lim, E.-G. Oh, H. Yang, Learning symmetric rules with SATNet, NeurIPS 2022, arXiv 2206.13998.",
        "P.-W. Wang, P. L. Donti, B. Wilder, Z. Kolter, SATNet, ICML 2019, arXiv 1905.12149.",
        "P.-W. Wang, W.-C. Chang, Z. Kolter, The mixing method, arXiv 1706.00476."};
    tool.see_also = {"orbit-symm(1)", "limsym(7)"};
    tool.commands = {train_command(),   complete_command(), eval_command(),   forward_command(), check_grad_command(),
                     find_command(),    group_command(),    export_command(), import_command(),  gen_command(),
                     corrupt_command(), plot_command(),     merge_command()};
    return limsym::cli::run_tool(std::move(tool), argc, argv);
}
