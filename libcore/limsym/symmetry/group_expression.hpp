// The text of permutation groups: "S3 wr S3 x S3 wr S3 x S9", and the registry of named groups.
//
//   expression   product of terms with the signs wr > x > +, all left-associative; parentheses
//   atom         I5  Z5  S5  gens:FILE  or a name of the registry with its arguments ("sudoku", "latin:9")
// Words are separated by blanks; parentheses need none.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "limsym/data/json.hpp"
#include "limsym/symmetry/group.hpp"

namespace limsym::symmetry {

/// A group known under a name.
struct GroupFamily {
    std::string_view name;      ///< "sudoku"
    std::string_view arguments; ///< "[:B]"
    std::string_view meaning;   ///< for help
    /// @param text the whole word @param arguments what follows the colon, or "" @throws GroupFault
    Group (*make)(const std::string& text, const std::string& arguments);
};

/// What is wrong with a word of an expression.
struct GroupFault {
    std::string message; ///< "'S0' has no point; expected a degree >= 1"
};

[[nodiscard]] const std::vector<GroupFamily>& group_families();

/// @param place begins messages ("--group") @param degree of files of cycles behind gens:
/// @throws InputError "PLACE: 'TEXT': character N: ...", or at the file that gens: or coloring: names
[[nodiscard]] Group parse_group(const std::string& text, const std::string& place,
                                std::optional<std::size_t> degree = std::nullopt);

/// As documents keep a group: its text where that needs no file, else {"degree","generators"}.
[[nodiscard]] data::Json group_json(const Group& group);
/// @throws InputError at FILE:POINTER
[[nodiscard]] Group read_group(const data::Json& value, const std::string& file, const std::string& pointer);

/// S_B wr S_B on rows and on columns, S_{B^2} on digits; variable (row B^2 + column) B^2 + digit.
[[nodiscard]] Group sudoku_group(std::size_t box);
/// As above with the transposition of rows and columns.
[[nodiscard]] Group sudoku_transposed_group(std::size_t box);
/// S_N on rows, columns and symbols.
[[nodiscard]] Group latin_group(std::size_t size);
/// Moves on 54 facelets times rotations of the six colours; variable 6 facelet + colour.
[[nodiscard]] Group cube_group();

} // namespace limsym::symmetry
