#include "commands.hpp"

int main(int argc, char** argv) {
    using namespace limsym::tools;
    limsym::cli::Tool tool;
    tool.name = "orbit-symm";
    tool.summary = "make any model equivariant, and measure how equivariant it is";
    tool.description = {
        "Groups of matrices and their representations, bases of equivariant linear maps, random elements; averages and "
        "frames that make a trained network or any program exactly equivariant; equivariance errors with intervals, "
        "for "
        "tests that fail a build; and the symmetries that a function has.",
        "A group is given by --group, how it acts on inputs and outputs by --rep-in and --rep-out: 5S+5V are five "
        "scalars "
        "and five vectors, T(2) matrices, V' dual vectors."};
    tool.references = {
        "T. D. Nguyen, J. Kim, H. Yang, S. Hong, Learning Symmetrization for Equivariance with Orbit Distance "
        "Minimization, NeurIPS 2023 workshop on Symmetry and Geometry, arXiv 2311.07143."};
    tool.see_also = {"limsym(7)"};
    tool.commands = {groups_command(), basis_command(),          project_command(), sample_command(),
                     act_command(),    orbit_distance_command(), error_command(),   symmetrise_command(),
                     data_command(),   discover_command(),       table_command(),   merge_command()};
    return limsym::cli::run_tool(std::move(tool), argc, argv);
}
