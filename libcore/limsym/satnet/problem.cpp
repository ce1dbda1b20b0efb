#include "limsym/satnet/problem.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"

namespace limsym::satnet {

namespace {

constexpr std::string_view digits = "123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view faces = "FURLDB";          // ours, colours 0..5
constexpr std::string_view kociemba_faces = "URFDLB"; // the order of Kociemba's strings

// Where facelet p of a face in Kociemba's unfolding stands in ours: L and B are turned by half a turn, D by a quarter.
std::size_t own_place(char face, std::size_t p) {
    const std::size_t row = p / 3;
    const std::size_t column = p % 3;
    if (face == 'L' || face == 'B') return 8 - p;
    if (face == 'D') return (2 - column) * 3 + row;
    return p;
}

// The cell that character `at` of a board in text form stands for.
std::size_t cell_of(const Problem& problem, std::size_t at, Facelets facelets) {
    if (problem.kind != ProblemKind::cube || facelets == Facelets::limsym) return at;
    const char face = kociemba_faces[at / 9];
    return faces.find(face) * 9 + own_place(face, at % 9);
}

std::size_t whole(std::string_view text, std::string_view option, const std::string& problem, std::int64_t least,
                  std::int64_t most) {
    const std::optional<std::int64_t> value = base::parse_integer(text);
    if (!value || *value < least || *value > most)
        throw base::InputError(option, "'" + base::quoted(problem) + "': '" + base::quoted(text) +
                                           "'; expected a whole number in " + std::to_string(least) + ".." +
                                           std::to_string(most));
    return static_cast<std::size_t>(*value);
}

// The values 0.. of the cells, or nothing in one that has not exactly one.
std::vector<std::optional<std::size_t>> cell_values(const Problem& problem, const std::vector<double>& x) {
    std::vector<std::optional<std::size_t>> values;
    std::size_t begin = 0;
    for (const std::size_t size : problem.cells) {
        std::optional<std::size_t> value;
        std::size_t ones = 0;
        for (std::size_t d = 0; d < size; ++d)
            if (x[begin + d] == 1.0) {
                value = d;
                ++ones;
            }
        values.push_back(ones == 1 ? value : std::nullopt);
        begin += size;
    }
    return values;
}

} // namespace

std::size_t Problem::variables() const {
    return std::accumulate(cells.begin(), cells.end(), std::size_t{0});
}

Problem parse_problem(std::string_view text, std::string_view option) {
    const std::string all(text);
    const std::size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    const std::optional<std::string_view> rest =
        colon == std::string_view::npos ? std::nullopt : std::optional(text.substr(colon + 1));
    Problem problem;
    if (name == "sudoku") {
        problem.kind = ProblemKind::sudoku;
        problem.size = rest ? whole(*rest, option, all, 2, 5) : 3;
        const std::size_t side = problem.size * problem.size;
        problem.cells.assign(side * side, side);
    } else if (name == "latin" && rest) {
        problem.kind = ProblemKind::latin;
        problem.size = whole(*rest, option, all, 2, 35);
        problem.cells.assign(problem.size * problem.size, problem.size);
    } else if (name == "cube" && !rest) {
        problem.kind = ProblemKind::cube;
        problem.cells.assign(54, 6);
    } else if (name == "onehot" && rest) {
        std::string_view left = *rest;
        for (;;) {
            const std::size_t comma = left.find(',');
            problem.cells.push_back(whole(left.substr(0, comma), option, all, 1, 1'000'000));
            if (comma == std::string_view::npos) break;
            left.remove_prefix(comma + 1);
        }
    } else {
        throw base::InputError(option, "'" + base::quoted(text) + "'" +
                                           base::did_you_mean(name, {"sudoku", "latin", "cube", "onehot"}) +
                                           "; expected sudoku[:B], latin:N, cube or onehot:SIZE,SIZE,...");
    }
    return problem;
}

std::string to_text(const Problem& problem) {
    switch (problem.kind) {
    case ProblemKind::sudoku:
        return problem.size == 3 ? "sudoku" : "sudoku:" + std::to_string(problem.size);
    case ProblemKind::latin:
        return "latin:" + std::to_string(problem.size);
    case ProblemKind::cube:
        return "cube";
    case ProblemKind::one_hot:
        break;
    }
    std::vector<std::string> sizes;
    for (const std::size_t size : problem.cells)
        sizes.push_back(std::to_string(size));
    return "onehot:" + base::join(sizes, ",");
}

std::vector<double> read_board(const Problem& problem, std::string_view board, const std::string& place,
                               Facelets facelets) {
    if (!problem.has_text()) throw std::invalid_argument("read_board: no text form");
    if (board.size() != problem.cells.size())
        throw base::InputError(place, "a board of " + std::to_string(board.size()) + " characters; expected " +
                                          std::to_string(problem.cells.size()));
    std::vector<double> x(problem.variables(), 0.0);
    const std::size_t side = problem.cells.front();
    for (std::size_t at = 0; at < board.size(); ++at) {
        const std::size_t begin = cell_of(problem, at, facelets) * side;
        const char c = board[at];
        const bool is_cube = problem.kind == ProblemKind::cube;
        if (c == '.' || (!is_cube && c == '0')) {
            for (std::size_t d = 0; d < side; ++d)
                x[begin + d] = std::numeric_limits<double>::quiet_NaN();
            continue;
        }
        std::size_t value = side;
        if (!is_cube)
            value = digits.find(c);
        else if (facelets == Facelets::kociemba)
            value = faces.find(c);
        else if (c >= '0' && c <= '5')
            value = static_cast<std::size_t>(c - '0');
        if (value >= side)
            throw base::InputError(place, "character " + std::to_string(at + 1) + " of the board is '" +
                                              base::quoted(std::string_view(&c, 1)) + "'; expected " +
                                              (is_cube ? (facelets == Facelets::kociemba ? "one of URFDLB" : "0-5")
                                                       : std::string(1, digits[0]) + "-" + digits[side - 1]) +
                                              " or .");
        x[begin + value] = 1.0;
    }
    return x;
}

std::string write_board(const Problem& problem, const std::vector<double>& x, Facelets facelets) {
    const std::vector<std::optional<std::size_t>> values = cell_values(problem, x);
    std::string board;
    for (std::size_t at = 0; at < values.size(); ++at) {
        const std::optional<std::size_t> value = values[cell_of(problem, at, facelets)];
        if (!value)
            board += '.';
        else if (problem.kind != ProblemKind::cube)
            board += digits[*value];
        else if (facelets == Facelets::kociemba)
            board += faces[*value];
        else
            board += static_cast<char>('0' + *value);
    }
    return board;
}

std::optional<std::size_t> violations(const Problem& problem, const std::vector<double>& x) {
    const bool sudoku = problem.kind == ProblemKind::sudoku;
    if (!sudoku && problem.kind != ProblemKind::latin) return std::nullopt;
    const std::vector<std::optional<std::size_t>> values = cell_values(problem, x);
    const std::size_t side = problem.cells.front();
    const std::size_t box = problem.size;
    std::size_t count = 0;
    for (std::size_t a = 0; a < values.size(); ++a) {
        if (!values[a]) {
            ++count;
            continue;
        }
        const std::size_t row = a / side;
        const std::size_t column = a % side;
        for (std::size_t b = 0; b < a; ++b) {
            const bool row_or_column = row == b / side || column == b % side;
            const bool in_box = sudoku && row / box == b / side / box && column / box == b % side / box;
            if (values[a] == values[b] && (row_or_column || in_box)) ++count;
        }
    }
    return count;
}

} // namespace limsym::satnet
