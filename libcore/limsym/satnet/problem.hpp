// Problems whose boards have a text form: one character a cell.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace limsym::satnet {

enum class ProblemKind { sudoku, latin, cube, one_hot };

/// Variables in consecutive groups, the cells; cell c holds value d when variable d of its group is 1.
struct Problem {
    ProblemKind kind = ProblemKind::one_hot;
    std::size_t size = 0;           ///< sudoku: the box B of a B^2 x B^2 board; latin: N; else 0
    std::vector<std::size_t> cells; ///< variables of every cell

    [[nodiscard]] std::size_t variables() const;
    [[nodiscard]] bool has_text() const { return kind != ProblemKind::one_hot; }
};

/// "sudoku", "sudoku:2", "latin:9", "cube", "onehot:3,3,2". @throws InputError naming `option`
[[nodiscard]] Problem parse_problem(std::string_view text, std::string_view option);
/// What parse_problem reads; "sudoku" for sudoku:3.
[[nodiscard]] std::string to_text(const Problem& problem);

/// How the facelets of a cube are written: ours (faces F U R L D B, colours 0-5) or Kociemba's (faces and letters
/// URFDLB).
enum class Facelets { limsym, kociemba };

/// Values of the variables of a board in text form (NaN where unknown). @param place begins the message of the
/// InputError thrown on a character or a length that cannot be
[[nodiscard]] std::vector<double> read_board(const Problem& problem, std::string_view board, const std::string& place,
                                             Facelets facelets = Facelets::limsym);
/// The board of 0/1 values; a cell that has not exactly one 1 becomes '.'.
[[nodiscard]] std::string write_board(const Problem& problem, const std::vector<double>& x,
                                      Facelets facelets = Facelets::limsym);

/// Sudoku and Latin squares: pairs of cells of a unit that hold the same digit, and cells without exactly one digit;
/// nothing for a problem whose rule is not known.
[[nodiscard]] std::optional<std::size_t> violations(const Problem& problem, const std::vector<double>& x);

} // namespace limsym::satnet
