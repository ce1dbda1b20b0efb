#include "limsym/satnet/digit_board.hpp"

#include <algorithm>
#include <bit>
#include <numeric>
#include <utility>

#include "limsym/base/error.hpp"

namespace limsym::satnet {

namespace {

constexpr std::size_t most_boards = 1000;

void add_lines(BoardRules& rules) {
    const std::size_t n = rules.side;
    for (std::size_t line = 0; line < n; ++line) {
        std::vector<std::uint32_t> row;
        std::vector<std::uint32_t> column;
        for (std::size_t k = 0; k < n; ++k) {
            row.push_back(static_cast<std::uint32_t>(line * n + k));
            column.push_back(static_cast<std::uint32_t>(k * n + line));
        }
        rules.units.push_back(std::move(row));
        rules.units.push_back(std::move(column));
    }
}

void link_cells(BoardRules& rules) {
    rules.units_of.resize(rules.side * rules.side);
    for (std::size_t unit = 0; unit < rules.units.size(); ++unit)
        for (const std::uint32_t cell : rules.units[unit])
            rules.units_of[cell].push_back(static_cast<std::uint32_t>(unit));
}

std::uint8_t digit_of(std::uint32_t bit) {
    return static_cast<std::uint8_t>(std::countr_zero(bit) + 1);
}

std::vector<std::uint32_t> shuffled_cells(std::size_t count, base::RandomStream& stream) {
    std::vector<std::uint32_t> cells(count);
    std::iota(cells.begin(), cells.end(), 0U);
    for (std::size_t i = count; i-- > 1;)
        std::swap(cells[i], cells[stream.below(i + 1)]);
    return cells;
}

/// The first `count` cells of an order, as givens.
Board revealed(const Board& solution, const std::vector<std::uint32_t>& order, std::size_t count) {
    Board board(solution.size(), 0);
    for (std::size_t k = 0; k < count; ++k)
        board[order[k]] = solution[order[k]];
    return board;
}

/// The least number of cells of the order that make the solution unique.
std::size_t unique_count(DigitSolver& solver, const Board& solution, const std::vector<std::uint32_t>& order) {
    std::size_t low = 0;             // not unique with fewer
    std::size_t high = order.size(); // unique
    while (low < high) {
        const std::size_t middle = low + (high - low) / 2;
        if (solver.has_one_solution(revealed(solution, order, middle)))
            high = middle;
        else
            low = middle + 1;
    }
    return high;
}

/// Hides givens that are not needed, in the order given, until `count` are left. @returns how many are left
std::size_t hide_redundant(DigitSolver& solver, Board& board, const std::vector<std::uint32_t>& order,
                           std::size_t count) {
    auto left = static_cast<std::size_t>(
        std::count_if(board.begin(), board.end(), [](std::uint8_t digit) { return digit != 0; }));
    for (const std::uint32_t cell : order) {
        if (left <= count) break;
        const std::uint8_t digit = std::exchange(board[cell], std::uint8_t{0});
        if (digit == 0) continue;
        if (solver.has_one_solution(board))
            --left;
        else
            board[cell] = digit;
    }
    return left;
}

} // namespace

BoardRules sudoku_rules(std::size_t box) {
    BoardRules rules;
    rules.side = box * box;
    add_lines(rules);
    for (std::size_t first_row = 0; first_row < rules.side; first_row += box)
        for (std::size_t first_column = 0; first_column < rules.side; first_column += box) {
            std::vector<std::uint32_t>& unit = rules.units.emplace_back();
            for (std::size_t k = 0; k < rules.side; ++k)
                unit.push_back(static_cast<std::uint32_t>((first_row + k / box) * rules.side + first_column + k % box));
        }
    link_cells(rules);
    return rules;
}

BoardRules latin_rules(std::size_t side) {
    BoardRules rules;
    rules.side = side;
    add_lines(rules);
    link_cells(rules);
    return rules;
}

DigitSolver::DigitSolver(const BoardRules& rules)
    : rules_(rules), states_(rules.side * rules.side + 1, State(rules.side * rules.side)) {}

bool DigitSolver::remove(State& state, std::size_t cell, Digits digit) {
    if ((state[cell] & digit) == 0) return true;
    state[cell] &= ~digit;
    if (state[cell] == 0) return false;
    if (std::has_single_bit(state[cell])) singles_.push_back(static_cast<std::uint32_t>(cell));
    for (const std::uint32_t unit : rules_.units_of[cell]) {
        std::size_t places = 0;
        std::size_t last = 0;
        for (const std::uint32_t other : rules_.units[unit])
            if ((state[other] & digit) != 0) {
                last = other;
                if (++places > 1) break;
            }
        if (places == 0) return false;
        if (places == 1 && !std::has_single_bit(state[last]) && !assign(state, last, digit)) return false;
    }
    return true;
}

bool DigitSolver::assign(State& state, std::size_t cell, Digits digit) {
    for (Digits others = state[cell] & ~digit; others != 0; others &= others - 1)
        if (!remove(state, cell, others & (~others + 1))) return false;
    return (state[cell] & digit) != 0;
}

bool DigitSolver::propagate(State& state) {
    while (!singles_.empty()) {
        const std::uint32_t cell = singles_.back();
        singles_.pop_back();
        const Digits digit = state[cell];
        for (const std::uint32_t unit : rules_.units_of[cell])
            for (const std::uint32_t other : rules_.units[unit])
                if (other != cell && !remove(state, other, digit)) return false;
    }
    return true;
}

bool DigitSolver::start(const Board& board, State& state) {
    const Digits all = rules_.side == 32 ? ~Digits{0} : (Digits{1} << rules_.side) - 1;
    std::fill(state.begin(), state.end(), all);
    singles_.clear();
    if (rules_.side == 1) singles_.push_back(0);
    for (std::size_t cell = 0; cell < board.size(); ++cell)
        if (board[cell] != 0 && (!assign(state, cell, Digits{1} << (board[cell] - 1U)) || !propagate(state)))
            return false;
    return propagate(state);
}

std::size_t DigitSolver::tightest(const State& state, base::RandomStream* stream) const {
    std::size_t best = state.size();
    int fewest = static_cast<int>(largest_side) + 1;
    std::uint64_t equals = 0;
    for (std::size_t cell = 0; cell < state.size(); ++cell) {
        const int count = std::popcount(state[cell]);
        if (count == 1 || count > fewest) continue;
        if (count < fewest) {
            fewest = count;
            equals = 0;
        } else if (stream == nullptr) {
            continue;
        }
        ++equals;
        if (equals == 1 || stream->below(equals) == 0) best = cell;
        if (stream == nullptr && count == 2) break;
    }
    return best;
}

void DigitSolver::search(std::size_t depth, std::size_t limit, base::RandomStream* stream) {
    const std::size_t cell = tightest(states_[depth], stream);
    if (cell == states_[depth].size()) {
        ++solutions_;
        std::transform(states_[depth].begin(), states_[depth].end(), found_.begin(), digit_of);
        return;
    }
    Digits left = states_[depth][cell];
    while (left != 0 && solutions_ < limit && branches_ < most_branches) {
        Digits digit = left & (~left + 1);
        if (stream != nullptr) {
            Digits rest = left;
            for (std::uint64_t skip = stream->below(static_cast<std::uint64_t>(std::popcount(left))); skip > 0; --skip)
                rest &= rest - 1;
            digit = rest & (~rest + 1);
        }
        left &= ~digit;
        ++branches_;
        State& next = states_[depth + 1];
        next = states_[depth];
        singles_.clear();
        if (assign(next, cell, digit) && propagate(next)) search(depth + 1, limit, stream);
    }
}

bool DigitSolver::has_one_solution(const Board& board) {
    solutions_ = branches_ = 0;
    found_.resize(board.size());
    if (!start(board, states_[0])) return false;
    search(0, 2, nullptr);
    return solutions_ == 1 && branches_ < most_branches;
}

std::optional<Board> DigitSolver::solution(const Board& board) {
    solutions_ = branches_ = 0;
    found_.resize(board.size());
    if (!start(board, states_[0])) return std::nullopt;
    search(0, 1, nullptr);
    if (solutions_ == 1) return found_;
    if (branches_ >= most_branches) throw base::WorkError("the board was not solved in 50000 branches");
    return std::nullopt;
}

Board DigitSolver::random_board(base::RandomStream& stream) {
    const Board empty(rules_.side * rules_.side, 0);
    found_.resize(empty.size());
    do {
        solutions_ = branches_ = 0;
        static_cast<void>(start(empty, states_[0]));
        search(0, 1, &stream);
    } while (solutions_ == 0);
    return found_;
}

Puzzle random_puzzle(DigitSolver& solver, const Givens& givens, base::RandomStream stream) {
    const auto* exact = std::get_if<ExactGivens>(&givens);
    for (std::size_t trial = 0; trial < most_boards; ++trial) {
        Board solution = solver.random_board(stream);
        const std::vector<std::uint32_t> order = shuffled_cells(solution.size(), stream);
        const std::vector<std::uint32_t> hiding = shuffled_cells(solution.size(), stream);
        const std::size_t unique = unique_count(solver, solution, order);
        if (std::holds_alternative<UniqueGivens>(givens)) return {revealed(solution, order, unique), solution};
        const std::size_t wanted = exact != nullptr ? exact->count : 0;
        if (wanted >= unique) return {revealed(solution, order, wanted), solution};
        Board board = revealed(solution, order, unique);
        const std::size_t left = hide_redundant(solver, board, hiding, wanted);
        if (exact == nullptr || left == wanted) return {std::move(board), std::move(solution)};
    }
    throw base::WorkError("no board of " + std::to_string(most_boards) + " has one solution with " +
                          std::to_string(exact->count) + " givens; more givens are easier");
}

} // namespace limsym::satnet
