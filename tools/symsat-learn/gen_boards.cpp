#include "gen_boards.hpp"

#include <cmath>
#include <numeric>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/satnet/cube_board.hpp"
#include "limsym/satnet/digit_board.hpp"
#include "limsym/satnet/graph_colouring.hpp"

namespace limsym::tools {

namespace {

constexpr std::size_t largest_sudoku = 5;
constexpr std::size_t largest_latin = 25;

void refuse(bool given, const char* option, const std::string& kind, const char* belongs_to) {
    if (given)
        throw base::InputError(option,
                               std::string("belongs to gen ") + belongs_to + "; " + kind + " has no such option");
}

satnet::Givens givens_of(const std::string& text, std::size_t cells) {
    if (text == "unique") return satnet::UniqueGivens{};
    if (text == "minimal") return satnet::MinimalGivens{};
    const std::optional<std::int64_t> count = base::parse_integer(text);
    if (!count || *count < 0 || *count > static_cast<std::int64_t>(cells))
        throw base::InputError("--givens", base::quoted(text) + " is out of range; expected unique, minimal or 0.." +
                                               std::to_string(cells));
    return satnet::ExactGivens{static_cast<std::size_t>(*count)};
}

std::function<satnet::PartialAssignment(base::RandomStream)> digit_boards(satnet::BoardRules rules,
                                                                          satnet::Givens givens) {
    return [rules = std::move(rules), givens](const base::RandomStream& stream) {
        satnet::DigitSolver solver(rules);
        const satnet::Puzzle puzzle = satnet::random_puzzle(solver, givens, stream);
        std::vector<bool> known(puzzle.givens.size());
        std::vector<std::uint8_t> values(puzzle.solution);
        for (std::size_t cell = 0; cell < known.size(); ++cell) {
            known[cell] = puzzle.givens[cell] != 0;
            --values[cell];
        }
        return satnet::one_hot(values, known, rules.side);
    };
}

BoardSource digit_source(const std::string& kind, const BoardOptions& options) {
    const bool sudoku = kind == "sudoku";
    const std::size_t size = options.size.value_or(sudoku ? 3 : 9);
    const std::size_t largest = sudoku ? largest_sudoku : largest_latin;
    if (size > largest)
        throw base::InputError("--size", std::to_string(size) + " is out of range; expected 2.." +
                                             std::to_string(largest) + " for " + kind);
    BoardSource source;
    satnet::BoardRules rules = sudoku ? satnet::sudoku_rules(size) : satnet::latin_rules(size);
    source.cell_size = rules.side;
    source.problem = satnet::parse_problem(kind + ":" + std::to_string(size), "--size");
    const satnet::Givens givens = givens_of(options.givens.value_or("unique"), rules.side * rules.side);
    source.make = digit_boards(std::move(rules), givens);
    return source;
}

satnet::HiddenFacelets hidden_of(const std::string& text) {
    const auto fail = [&]() {
        throw base::InputError("--hide", base::quoted(text) +
                                             " is no list of three counts; expected corners,edges,centres "
                                             "with at most 16,12,6");
    };
    std::vector<std::size_t> counts;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        const std::optional<std::int64_t> count = base::parse_integer(text.substr(at, end - at));
        if (!count || *count < 0 || *count > 16) fail();
        counts.push_back(static_cast<std::size_t>(*count));
        at = end + 1;
    }
    if (counts.size() != 3 || counts[1] > 12 || counts[2] > 6) fail();
    return {counts[0], counts[1], counts[2]};
}

BoardSource cube_source(const BoardOptions& options) {
    const satnet::HiddenFacelets counts = hidden_of(options.hide.value_or("3,1,1"));
    const std::size_t moves = options.moves.value_or(60);
    BoardSource source;
    source.cell_size = 6;
    source.problem = satnet::parse_problem("cube", "KIND");
    source.make = [counts, moves](base::RandomStream stream) {
        const satnet::CubeColouring cube = satnet::scrambled_cube(moves, stream);
        std::vector<bool> known = satnet::hidden_facelets(cube, counts, stream);
        known.flip();
        return satnet::one_hot(cube, known, 6);
    };
    return source;
}

BoardSource colouring_source(const BoardOptions& options) {
    if (!options.graph) throw base::InputError("--graph", "is missing; expected a DIMACS graph for gen coloring");
    if (!options.colours)
        throw base::InputError("--colors", "is missing; expected a number of colours for gen coloring");
    BoardSource source;
    source.cell_size = *options.colours;
    const double fraction = options.hidden_fraction.value_or(0.5);
    source.make = [graph = symmetry::read_graph(*options.graph), colours = *options.colours,
                   fraction](base::RandomStream stream) {
        const std::vector<std::uint8_t> values = satnet::random_colouring(graph, colours, stream);
        const auto hidden = static_cast<std::size_t>(std::lround(fraction * static_cast<double>(graph.nodes)));
        std::vector<std::size_t> nodes(graph.nodes);
        std::iota(nodes.begin(), nodes.end(), std::size_t{0});
        std::vector<bool> known(graph.nodes, true);
        for (std::size_t k = 0; k < hidden; ++k) {
            std::swap(nodes[k], nodes[k + stream.below(nodes.size() - k)]);
            known[nodes[k]] = false;
        }
        return satnet::one_hot(values, known, colours);
    };
    return source;
}

} // namespace

void declare(cli::Command& command, BoardOptions& options) {
    command.group("Boards");
    command.integer(options.size, "--size", "N", 2, largest_latin, "box of a sudoku (3), side of a latin square (9)");
    command.text(options.givens, "--givens", "N|minimal|unique", "cells that are given of a sudoku or latin square")
        .default_text = "unique";
    command.integer(options.corrupt, "--corrupt", "Q", 0, 1'000'000, "cells of every record that get a wrong value")
        .default_text = "0";
    command.group("Cube");
    command.text(options.hide, "--hide", "C,E,M", "facelets of corners, edges and centres that are hidden")
        .default_text = "3,1,1";
    command.integer(options.moves, "--moves", "N", 0, 1'000'000, "random turns of faces and slices").default_text =
        "60";
    command.group("Colouring");
    command.input(options.graph, "--graph", "DIMACS graph of gen coloring");
    command.integer(options.colours, "--colors", "Q", 1, 250, "number of colours").other_names = {"--colours"};
    command
        .number(options.hidden_fraction, "--hide-frac", "F", cli::Range::closed(0, 1),
                "share of the nodes that is hidden")
        .default_text = "0.5";
}

void refuse_board_options(const BoardOptions& options, const std::string& kind) {
    const bool digits = kind == "sudoku" || kind == "latin";
    refuse(options.size && !digits, "--size", kind, "sudoku and latin");
    refuse(options.givens && !digits, "--givens", kind, "sudoku and latin");
    refuse(options.hide && kind != "cube", "--hide", kind, "cube");
    refuse(options.moves && kind != "cube", "--moves", kind, "cube");
    refuse(options.graph && kind != "coloring", "--graph", kind, "coloring");
    refuse(options.colours && kind != "coloring", "--colors", kind, "coloring");
    refuse(options.hidden_fraction && kind != "coloring", "--hide-frac", kind, "coloring");
    refuse(options.corrupt && kind == "matrix", "--corrupt", kind, "sudoku, latin, cube and coloring");
}

BoardSource board_source(const std::string& kind, const BoardOptions& options) {
    const std::vector<std::string> kinds{"sudoku", "latin", "cube", "coloring", "matrix"};
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end())
        throw base::InputError("KIND", base::quoted(kind) + " is unknown" + base::did_you_mean(kind, kinds) +
                                           "; expected one of " + base::join(kinds));
    refuse_board_options(options, kind);
    BoardSource source = kind == "cube"       ? cube_source(options)
                         : kind == "coloring" ? colouring_source(options)
                                              : digit_source(kind, options);
    if (options.corrupt.value_or(0) == 0) return source;
    if (source.cell_size < 2) throw base::InputError("--corrupt", "cells have one value only; expected at least two");
    source.make = [make = source.make, size = source.cell_size,
                   count = *options.corrupt](const base::RandomStream& stream) {
        satnet::PartialAssignment record = make(stream);
        base::RandomStream further = stream; // of its own: the boards are those without --corrupt
        base::RandomStream wrong(further.next(), "corrupt");
        try {
            satnet::corrupt(record, std::vector<std::size_t>(record.y.size() / size, size), count, wrong);
        } catch (const base::InputError& error) {
            throw base::InputError("--corrupt", error.what());
        }
        return record;
    };
    return source;
}

std::string record_line(std::size_t id, const satnet::PartialAssignment& record) {
    std::string line = R"({"schema":"limsym/assignment@1","id":)" + std::to_string(id);
    const auto append = [&](const char* key, const std::vector<double>& values) {
        line += key;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (i > 0) line += ',';
            line += std::isnan(values[i]) ? "null" : values[i] == 0 ? "0" : "1";
        }
        line += ']';
    };
    append(",\"x\":[", record.x);
    append(",\"y\":[", record.y);
    return line + "}";
}

std::string board_line(const satnet::PartialAssignment& record, const satnet::Problem& problem) {
    return satnet::write_board(problem, record.x) + "," + satnet::write_board(problem, record.y);
}

} // namespace limsym::tools
