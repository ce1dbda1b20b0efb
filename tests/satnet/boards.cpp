// Boards and puzzles: rules, unique solutions, counts of givens, hidden facelets, wrong values.
#include <cmath>
#include <set>

#include "limsym/base/error.hpp"
#include "limsym/satnet/cube_board.hpp"
#include "limsym/satnet/digit_board.hpp"
#include "limsym/satnet/graph_colouring.hpp"
#include "limsym/satnet/noisy_matrix.hpp"
#include "limsym/satnet/one_hot.hpp"
#include "limsym/symmetry/cube.hpp"
#include "limsym/symmetry/equivariant_matrix.hpp"
#include "limsym/symmetry/group_expression.hpp"
#include "support.hpp"

using namespace limsym;
using namespace limsym::satnet;

namespace {

bool is_solution(const BoardRules& rules, const Board& board) {
    for (const auto& unit : rules.units) {
        std::set<std::uint8_t> digits;
        for (const std::uint32_t cell : unit)
            digits.insert(board[cell]);
        if (digits.size() != rules.side || *digits.begin() != 1 || *digits.rbegin() != rules.side) return false;
    }
    return true;
}

/// Solutions by plain search over cells in order, counted up to `limit`.
std::size_t solutions_of(const BoardRules& rules, Board board, std::size_t limit, std::size_t cell = 0) {
    while (cell < board.size() && board[cell] != 0)
        ++cell;
    if (cell == board.size()) return 1;
    std::size_t count = 0;
    for (std::size_t digit = 1; digit <= rules.side && count < limit; ++digit) {
        bool free = true;
        for (const std::uint32_t unit : rules.units_of[cell])
            for (const std::uint32_t other : rules.units[unit])
                free = free && board[other] != digit;
        if (!free) continue;
        board[cell] = static_cast<std::uint8_t>(digit);
        count += solutions_of(rules, board, limit - count, cell + 1);
    }
    return count;
}

std::size_t given_count(const Board& board) {
    return static_cast<std::size_t>(std::count_if(board.begin(), board.end(), [](auto d) { return d != 0; }));
}

Board board_of(const std::string& text) {
    Board board;
    for (const char c : text)
        board.push_back(c == '.' ? std::uint8_t{0} : static_cast<std::uint8_t>(c - '0'));
    return board;
}

} // namespace

TEST_CASE("random boards obey their rules") {
    for (const BoardRules& rules : {sudoku_rules(1), sudoku_rules(2), sudoku_rules(3), sudoku_rules(4), latin_rules(1),
                                    latin_rules(5), latin_rules(11)}) {
        CAPTURE(rules.side);
        DigitSolver solver(rules);
        base::RandomStream stream(1, "boards");
        for (int k = 0; k < 5; ++k)
            CHECK(is_solution(rules, solver.random_board(stream)));
    }
}

TEST_CASE("the solver agrees with plain search on small boards") {
    const BoardRules rules = sudoku_rules(2);
    DigitSolver solver(rules);
    base::RandomStream stream(2, "boards");
    std::size_t unique = 0;
    for (int k = 0; k < 300; ++k) {
        Board board = solver.random_board(stream);
        for (std::uint8_t& digit : board)
            if (stream.below(10) < 6) digit = 0;
        if (k % 5 == 0) board[stream.below(16)] = static_cast<std::uint8_t>(stream.below(4) + 1);
        const std::size_t solutions = solutions_of(rules, board, 2);
        bool clash = false; // plain search does not check the givens
        for (const auto& unit : rules.units)
            for (const std::uint32_t a : unit)
                for (const std::uint32_t b : unit)
                    clash = clash || (a != b && board[a] != 0 && board[a] == board[b]);
        CHECK(solver.has_one_solution(board) == (solutions == 1 && !clash));
        CHECK(solver.solution(board).has_value() == (solutions > 0 && !clash));
        unique += solutions == 1 && !clash ? 1 : 0;
    }
    CHECK(unique > 20);
    CHECK(unique < 280);
}

TEST_CASE("puzzles of another generator are solved to their solutions") {
    const auto folder = tests::shared_folder("golden/symsat-learn");
    if (!folder) return;
    std::ifstream file(*folder + "/sudoku.csv");
    std::string line;
    std::getline(file, line);
    DigitSolver solver(sudoku_rules(3));
    std::size_t count = 0;
    while (std::getline(file, line)) {
        const Board puzzle = board_of(line.substr(0, 81));
        CHECK(solver.has_one_solution(puzzle));
        CHECK(solver.solution(puzzle) == board_of(line.substr(82, 81)));
        ++count;
    }
    CHECK(count == 40);
}

TEST_CASE("puzzles have one solution and the givens asked for") {
    const BoardRules rules = sudoku_rules(3);
    DigitSolver solver(rules);
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const Puzzle minimal = random_puzzle(solver, MinimalGivens{}, base::RandomStream(seed, "puzzle"));
        CHECK(solver.has_one_solution(minimal.givens));
        for (std::size_t cell = 0; cell < 81; ++cell) {
            Board fewer = minimal.givens;
            if (fewer[cell] == 0) continue;
            fewer[cell] = 0;
            CHECK_FALSE(solver.has_one_solution(fewer));
        }
        for (const std::size_t count : {26U, 36U, 60U, 81U}) {
            const Puzzle puzzle = random_puzzle(solver, ExactGivens{count}, base::RandomStream(seed, "puzzle"));
            CHECK(given_count(puzzle.givens) == count);
            CHECK(solver.has_one_solution(puzzle.givens));
            CHECK(solver.solution(puzzle.givens) == puzzle.solution);
            CHECK(is_solution(rules, puzzle.solution));
        }
        const Puzzle unique = random_puzzle(solver, UniqueGivens{}, base::RandomStream(seed, "puzzle"));
        CHECK(given_count(unique.givens) >= given_count(minimal.givens));
        CHECK(solver.has_one_solution(unique.givens));
    }
    DigitSolver small(sudoku_rules(2));
    CHECK(tests::message_of<base::WorkError>([&] {
              return random_puzzle(small, ExactGivens{3}, base::RandomStream(0, "puzzle"));
          }).find("no board of 1000 has one solution with 3 givens") == 0);
}

TEST_CASE("cubes: scrambles are reachable, and what is hidden can be told") {
    CHECK(solved_cube()[53] == 5);
    base::RandomStream still(0, "scramble");
    CHECK(scrambled_cube(0, still) == solved_cube());
    const auto pieces = symmetry::cube_pieces();
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        base::RandomStream stream(seed, "scramble");
        const CubeColouring cube = scrambled_cube(60, stream);
        for (std::uint8_t colour = 0; colour < 6; ++colour)
            CHECK(std::count(cube.begin(), cube.end(), colour) == 9);
        std::set<std::set<std::uint8_t>> seen; // pieces keep their colours
        for (const auto& piece : pieces) {
            std::set<std::uint8_t> colours;
            for (const std::uint32_t facelet : piece)
                colours.insert(cube[facelet]);
            CHECK(colours.size() == piece.size());
            seen.insert(colours);
        }
        CHECK(seen.size() == 26);
        const std::vector<bool> hidden = hidden_facelets(cube, {}, stream);
        std::size_t counts[4] = {};
        for (const auto& piece : pieces) {
            const auto gone = static_cast<std::size_t>(
                std::count_if(piece.begin(), piece.end(), [&](std::uint32_t f) { return hidden[f]; }));
            CHECK(gone < 3);
            counts[piece.size()] += gone;
        }
        CHECK(counts[3] == 3);
        CHECK(counts[2] == 1);
        CHECK(counts[1] == 1);
    }
    base::RandomStream stream(0, "hide");
    CHECK(tests::message_of<base::WorkError>([&] {
              return hidden_facelets(solved_cube(), {3, 1, 2}, stream);
          }).find("hiding 3,1,2 facelets leaves more than one colouring") == 0);
}

TEST_CASE("wrong values: as many cells as asked for, in y and where x is known") {
    base::RandomStream stream(3, "corrupt");
    const std::vector<std::uint8_t> values{0, 1, 2, 3, 0, 1};
    const std::vector<bool> known{true, false, true, false, true, false};
    std::vector<std::size_t> hits(6 * 4);
    for (int k = 0; k < 600; ++k) {
        PartialAssignment assignment = one_hot(values, known, 4);
        corrupt(assignment, std::vector<std::size_t>(6, 4), 2, stream);
        std::size_t wrong = 0;
        for (std::size_t cell = 0; cell < 6; ++cell) {
            std::size_t ones = 0;
            for (std::size_t d = 0; d < 4; ++d) {
                const double y = assignment.y[cell * 4 + d];
                if (y == 1) {
                    ++ones;
                    if (d != values[cell]) {
                        ++wrong;
                        ++hits[cell * 4 + d];
                    }
                }
                CHECK(std::isnan(assignment.x[cell * 4 + d]) != known[cell]);
                if (known[cell]) CHECK(assignment.x[cell * 4 + d] == y);
            }
            CHECK(ones == 1);
        }
        CHECK(wrong == 2);
    }
    for (std::size_t cell = 0; cell < 6; ++cell)
        for (std::size_t d = 0; d < 4; ++d)
            if (d != values[cell]) CHECK(hits[cell * 4 + d] > 35); // 600 2 / 18 = 67 expected
    PartialAssignment assignment = one_hot(values, known, 4);
    CHECK(tests::message_of<base::InputError>([&] {
              corrupt(assignment, std::vector<std::size_t>(6, 4), 7, stream);
              return 0;
          }) == "only 6 cells have a value in y; expected at least 7");
}

TEST_CASE("colourings of graphs") {
    const tests::TemporaryFolder folder;
    const auto graph = symmetry::read_graph(folder.file(
        "g.col",
        "c the Petersen graph\np edge 10 15\ne 1 2\ne 2 3\ne 3 4\ne 4 5\ne 5 1\ne 1 6\ne 2 7\ne 3 8\ne 4 9\ne 5 "
        "10\ne 6 8\ne 8 10\ne 10 7\ne 7 9\ne 9 6\n"));
    CHECK(graph.nodes == 10);
    base::RandomStream stream(1, "colouring");
    for (int k = 0; k < 20; ++k) {
        const auto colours = random_colouring(graph, 3, stream);
        for (std::size_t i = 0; i < 10; ++i)
            for (const std::uint32_t j : graph.neighbours[i])
                CHECK(colours[i] != colours[j]);
    }
    CHECK(tests::message_of<base::WorkError>([&] { return random_colouring(graph, 2, stream); }) ==
          "the graph has no colouring with 2 colours");
    const auto group = symmetry::parse_group("coloring:" + folder.file("g.col") + ":3", "--group");
    CHECK(group.degree() == 30);
    CHECK(symmetry::group_order(group) == "720"); // 120 * 3!
    CHECK_FALSE(symmetry::is_expression(group));
    const auto fault = [&](const std::string& text) {
        const std::string message =
            tests::message_of<base::InputError>([&] { return symmetry::read_graph(folder.file("f", text)); });
        return message.substr(std::min(message.size(), folder.file("f").size()));
    };
    CHECK(fault("p edge 3 1\ne 1 4\n") == ":2: '4' is out of range; expected 1..3");
    CHECK(fault("e 1 2\n").find(":1: an edge before the problem line") == 0);
    CHECK(fault("p edge 3 1\ne 2 2\n") == ":2: node 2 is joined to itself");
    CHECK(fault("p edge x 1\n") == ":1: 'x' is out of range; expected 1..1000000");
    CHECK(fault("").find(": holds no graph") == 0);
    CHECK(fault("q\n").find(":1: 'q' begins no line of a graph") == 0);
}

TEST_CASE("noisy matrices are symmetric, and equivariant up to the noise") {
    const auto group = symmetry::parse_group("S3 wr S4", "--group");
    const auto pairs = symmetry::symmetric_orbitals(symmetry::orbitals(12, symmetry::generators(group)));
    const NoisyMatrix quiet = noisy_matrix(pairs, 0, true, base::RandomStream(1, "matrix"));
    CHECK(symmetry::relative_residual(quiet.matrix, symmetry::class_means(quiet.matrix, quiet.partition),
                                      quiet.partition) < 1e-15);
    CHECK(quiet.partition.labels != pairs.labels);
    const NoisyMatrix noisy = noisy_matrix(pairs, 0.5, true, base::RandomStream(1, "matrix"));
    CHECK(noisy.partition.labels == quiet.partition.labels);
    CHECK(arma::approx_equal(noisy.matrix, noisy.matrix.t(), "absdiff", 0.0));
    const arma::mat noise = noisy.matrix - quiet.matrix;
    CHECK(noise.min() >= 0);
    CHECK(noise.max() < 0.5);
    CHECK(noise.max() > 0.4);
}
