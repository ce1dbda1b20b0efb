#include "commands.hpp"

int main(int argc, char** argv) {
    using namespace limsym::tools;
    limsym::cli::Tool tool;
    tool.name = "jac-ntk";
    tool.summary = "joint limits of a wide network and its Jacobian, and robust training solved in closed form";
    tool.description = {
        "A network f of infinite width and its gradient in the inputs are jointly Gaussian, and training with a "
        "penalty lambda |grad f|^2 at the training points is a linear differential equation whose kernel, the Jacobian "
        "NTK, "
        "does not move. This tool computes both kernels exactly, with their derivative blocks, solves that equation at "
        "any time, and sets finite networks beside the limit."};
    tool.references = {"T. Kim, H. Yang, An Infinite-Width Analysis on the Jacobian-Regularised Training of a Neural "
                       "Network, ICML 2024, arXiv 2312.03386."};
    tool.see_also = {"limsym(7)", "nngp-kernel(1)"};
    tool.commands = {moments_command(),  kernel_command(), eig_command(),    regress_command(),
                     features_command(), attack_command(), sample_command(), empirical_command(),
                     train_command(),    merge_command(),  sphere_command(), check_command()};
    return limsym::cli::run_tool(std::move(tool), argc, argv);
}
