#include "commands.hpp"

int main(int argc, char** argv) {
    limsym::cli::Tool tool;
    tool.name = "nngp-kernel";
    tool.summary = "kernels of infinitely wide networks, and scale mixtures of the processes they define";
    tool.commands = {limsym::tools::fit_command(),  limsym::tools::predict_command(), limsym::tools::score_command(),
                     limsym::tools::cv_command(),   limsym::tools::scale_command(),   limsym::tools::sample_command(),
                     limsym::tools::merge_command()};
    return limsym::cli::run_tool(std::move(tool), argc, argv);
}
