// The registry of named groups.
#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/symmetry/automorphism.hpp"
#include "limsym/symmetry/cube.hpp"
#include "limsym/symmetry/graph_file.hpp"
#include "limsym/symmetry/group_expression.hpp"

namespace limsym::symmetry {

namespace {

/// A whole number in [least, most] behind the colon; `absent` when there is none.
std::size_t whole_argument(const std::string& text, const std::string& argument, std::optional<std::size_t> absent,
                           std::size_t least, std::size_t most) {
    if (argument.empty() && absent && text.find(':') == std::string::npos) return *absent;
    const std::optional<std::int64_t> value = base::parse_integer(argument);
    if (!value || *value < static_cast<std::int64_t>(least) || *value > static_cast<std::int64_t>(most))
        throw GroupFault{base::quoted(text) + ": '" + base::printable(argument) + "' is out of range; expected " +
                         std::to_string(least) + ".." + std::to_string(most) + " behind the colon"};
    return static_cast<std::size_t>(*value);
}

Group lines_group(std::size_t box) {
    return wreath_product(symmetric_group(box), symmetric_group(box));
}

Group colouring_group(const std::string& text, const std::string& arguments) {
    const std::size_t colon = arguments.rfind(':');
    if (colon == std::string::npos || colon == 0)
        throw GroupFault{base::quoted(text) + " names no graph and number of colours; expected coloring:GRAPH:Q"};
    const std::size_t colours = whole_argument(text, arguments.substr(colon + 1), std::nullopt, 1, 1000);
    const Graph graph = read_graph(arguments.substr(0, colon));
    if (graph.nodes > most_automorphism_vertices)
        throw GroupFault{base::quoted(text) + ": the graph has " + std::to_string(graph.nodes) +
                         " nodes; expected at most " + std::to_string(most_automorphism_vertices)};
    const AutomorphismGroup group = automorphisms(graph_colours(graph));
    return group_product(generated_group(graph.nodes, group.generators, "nodes"), symmetric_group(colours));
}

} // namespace

Group sudoku_group(std::size_t box) {
    return group_product(group_product(lines_group(box), lines_group(box)), symmetric_group(box * box));
}

Group sudoku_transposed_group(std::size_t box) {
    const std::size_t side = box * box;
    std::vector<Permutation> cells = generators(group_product(lines_group(box), lines_group(box)));
    Permutation& transpose = cells.emplace_back(side * side);
    for (std::size_t row = 0; row < side; ++row)
        for (std::size_t column = 0; column < side; ++column)
            transpose[row * side + column] = static_cast<std::uint32_t>(column * side + row);
    return group_product(generated_group(side * side, std::move(cells), "cells"), symmetric_group(side));
}

Group latin_group(std::size_t size) {
    return group_product(group_product(symmetric_group(size), symmetric_group(size)), symmetric_group(size));
}

Group cube_group() {
    return group_product(generated_group(cube_facelets, cube_moves(), "facelets"),
                         generated_group(cube_colours, cube_colour_rotations(), "colours"));
}

const std::vector<GroupFamily>& group_families() {
    static const std::vector<GroupFamily> families{
        {"sudoku", "[:B]", "lines in bands, columns in stacks, digits of a Sudoku with boxes of B x B cells (3)",
         [](const std::string& text, const std::string& arguments) {
             return sudoku_group(whole_argument(text, arguments, 3, 1, 35));
         }},
        {"sudoku-t", "[:B]", "the same with the exchange of rows and columns",
         [](const std::string& text, const std::string& arguments) {
             return sudoku_transposed_group(whole_argument(text, arguments, 3, 1, 35));
         }},
        {"latin", ":N", "rows, columns and symbols of a Latin square of order N",
         [](const std::string& text, const std::string& arguments) {
             return latin_group(whole_argument(text, arguments, std::nullopt, 1, 1290));
         }},
        {"cube", "", "moves of the 3 x 3 x 3 cube on its facelets, rotations of the six colours",
         [](const std::string& text, const std::string& arguments) {
             if (!arguments.empty()) throw GroupFault{base::quoted(text) + " takes no argument; expected cube"};
             return cube_group();
         }},
        {"coloring", ":GRAPH:Q",
         "automorphisms of a DIMACS graph on nodes, all permutations of Q colours; node Q + colour", colouring_group},
    };
    return families;
}

} // namespace limsym::symmetry
