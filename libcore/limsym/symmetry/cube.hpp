// The facelets of the 3x3x3 cube and the permutations that its moves make.
//
// Facelet 9 face + position, faces F U R L D B = 0..5; colours are numbered like the faces. A move m takes the
// colouring `old` to new[i] = old[m[i]].
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "limsym/symmetry/permutation.hpp"

namespace limsym::symmetry {

inline constexpr std::size_t cube_facelets = 54;
inline constexpr std::size_t cube_colours = 6;
/// Six faces and the three slices between them, in the order of cube_moves().
inline constexpr std::string_view cube_move_names = "UDFBLRMES";

/// Quarter turns, clockwise as seen on the face; M turns like L, E like D, S like F.
[[nodiscard]] std::vector<Permutation> cube_moves();
/// What quarter turns of the whole cube about three axes do to the six faces: the 24 rotations of colours.
[[nodiscard]] std::vector<Permutation> cube_colour_rotations();

/// Where the facelets of pieces lie: 8 corners of three, anticlockwise as seen from outside, 12 edges of two, 6 centres
/// of one.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> cube_pieces();

} // namespace limsym::symmetry
