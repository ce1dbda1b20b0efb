// Boards of digits in which every unit holds each digit once: Sudoku and Latin squares. Solving, and puzzles with one
// solution.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "limsym/base/random.hpp"

namespace limsym::satnet {

/// Cells in row-major order; 0 is an empty cell, 1..side a digit.
using Board = std::vector<std::uint8_t>;

inline constexpr std::size_t largest_side = 32;

struct BoardRules {
    std::size_t side = 0;                             ///< digits, at most largest_side; side^2 cells
    std::vector<std::vector<std::uint32_t>> units;    ///< cells of every unit
    std::vector<std::vector<std::uint32_t>> units_of; ///< units of every cell
};

/// Rows, columns and boxes of box x box cells; box >= 1.
[[nodiscard]] BoardRules sudoku_rules(std::size_t box);
/// Rows and columns.
[[nodiscard]] BoardRules latin_rules(std::size_t side);

/// Backtracking over the cell with the fewest digits, with naked and hidden singles.
class DigitSolver {
public:
    explicit DigitSolver(const BoardRules& rules);

    /// True when the board has exactly one solution. A search of more than `most_branches` branches counts as no.
    [[nodiscard]] bool has_one_solution(const Board& board);
    /// The first solution that is met, or nothing. @throws WorkError after `most_branches` branches
    [[nodiscard]] std::optional<Board> solution(const Board& board);
    /// A random full board: digits are tried in random order, from a random cell among the tightest.
    [[nodiscard]] Board random_board(base::RandomStream& stream);

    static constexpr std::size_t most_branches = 50'000;

private:
    using Digits = std::uint32_t; ///< bit d-1: digit d is possible
    using State = std::vector<Digits>;

    bool start(const Board& board, State& state);
    bool assign(State& state, std::size_t cell, Digits digit);
    bool remove(State& state, std::size_t cell, Digits digit);
    bool propagate(State& state);
    [[nodiscard]] std::size_t tightest(const State& state, base::RandomStream* stream) const;
    void search(std::size_t depth, std::size_t limit, base::RandomStream* stream);

    BoardRules rules_;
    std::vector<State> states_; ///< one a depth
    std::vector<std::uint32_t> singles_;
    Board found_;
    std::size_t solutions_ = 0;
    std::size_t branches_ = 0;
};

struct UniqueGivens {};  ///< cells are revealed in random order until the solution is unique
struct MinimalGivens {}; ///< and those that are not needed are hidden again, in random order
struct ExactGivens {
    std::size_t count;
};
using Givens = std::variant<UniqueGivens, MinimalGivens, ExactGivens>;

struct Puzzle {
    Board givens; ///< with exactly one solution
    Board solution;
};

/// A random puzzle. Exact numbers of givens: redundant ones are hidden or further ones revealed; boards are drawn until
/// one can be brought there. @throws WorkError when 1000 boards cannot
[[nodiscard]] Puzzle random_puzzle(DigitSolver& solver, const Givens& givens, base::RandomStream stream);

} // namespace limsym::satnet
