#include "common/command.hpp"

int main(int argc, char** argv) {
    limsym::cli::Tool tool;
    tool.name = "nngp-kernel";
    tool.summary = "kernels of infinitely wide networks, and scale mixtures of the processes they define";
    return limsym::cli::run_tool(std::move(tool), argc, argv);
}
