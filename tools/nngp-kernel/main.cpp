#include "commands.hpp"

int main(int argc, char** argv) {
    using namespace limsym::tools;
    limsym::cli::Tool tool;
    tool.name = "nngp-kernel";
    tool.summary = "kernels of infinitely wide networks, and scale mixtures of the processes they define";
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
