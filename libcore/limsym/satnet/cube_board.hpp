// Colourings of the 3x3x3 cube: random moves, and facelets that can be hidden without loss.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "limsym/base/random.hpp"

namespace limsym::satnet {

/// Colour 0..5 of each of 54 facelets (limsym/symmetry/cube.hpp says where they lie).
using CubeColouring = std::vector<std::uint8_t>;

[[nodiscard]] CubeColouring solved_cube();

/// The solved cube after random turns of the six faces and three slices by 90, 180 or 270 degrees.
[[nodiscard]] CubeColouring scrambled_cube(std::size_t moves, base::RandomStream& stream);

/// How many facelets of corners, edges and centres are hidden.
struct HiddenFacelets {
    std::size_t corners = 3;
    std::size_t edges = 1;
    std::size_t centres = 1;
};

/// Random facelets to hide such that the colouring can be told from the others: a corner loses at most two, an edge at
/// most one, and only one arrangement of the pieces agrees with what is seen.
/// @throws WorkError when 1000 draws give none
[[nodiscard]] std::vector<bool> hidden_facelets(const CubeColouring& colouring, const HiddenFacelets& counts,
                                                base::RandomStream& stream);

} // namespace limsym::satnet
