#include "limsym/symmetry/cube.hpp"

#include <algorithm>

namespace limsym::symmetry {

namespace {

using Vector = std::array<int, 3>;

struct Facelet {
    Vector cell;   // of the 27 small cubes, coordinates -1, 0, 1: x to the right, y up, z to the viewer
    Vector normal; // of the face
    bool operator==(const Facelet& other) const = default;
};

/// How the positions of a face run: along `right`, then along `down`.
struct Frame {
    Vector normal, right, down;
};

constexpr std::array<Frame, 6> frames{{
    {{0, 0, 1}, {1, 0, 0}, {0, -1, 0}},   // F
    {{0, 1, 0}, {1, 0, 0}, {0, 0, 1}},    // U
    {{1, 0, 0}, {0, 0, -1}, {0, -1, 0}},  // R
    {{-1, 0, 0}, {0, 0, -1}, {0, 1, 0}},  // L
    {{0, -1, 0}, {0, 0, -1}, {-1, 0, 0}}, // D
    {{0, 0, -1}, {1, 0, 0}, {0, 1, 0}},   // B
}};

/// A layer and the sense of its quarter turn about the axis (right-handed: 1).
struct Move {
    std::size_t axis;
    int layer, sense;
};

constexpr std::array<Move, 9> moves{
    {{1, 1, -1}, {1, -1, 1}, {2, 1, -1}, {2, -1, 1}, {0, -1, 1}, {0, 1, -1}, {0, 0, 1}, {1, 0, 1}, {2, 0, -1}}};

std::vector<Facelet> facelets() {
    std::vector<Facelet> result;
    for (const Frame& frame : frames)
        for (int row = -1; row <= 1; ++row)
            for (int column = -1; column <= 1; ++column) {
                Facelet& facelet = result.emplace_back(Facelet{frame.normal, frame.normal});
                for (std::size_t k = 0; k < 3; ++k)
                    facelet.cell[k] += column * frame.right[k] + row * frame.down[k];
            }
    return result;
}

Vector turned(const Vector& v, std::size_t axis, int sense) {
    const std::size_t first = (axis + 1) % 3;
    const std::size_t second = (axis + 2) % 3;
    Vector w = v;
    w[first] = -sense * v[second];
    w[second] = sense * v[first];
    return w;
}

int determinant(const Vector& u, const Vector& v, const Vector& w) {
    int sum = 0;
    for (std::size_t k = 0; k < 3; ++k)
        sum += u[k] * (v[(k + 1) % 3] * w[(k + 2) % 3] - v[(k + 2) % 3] * w[(k + 1) % 3]);
    return sum;
}

} // namespace

std::vector<Permutation> cube_moves() {
    const std::vector<Facelet> all = facelets();
    std::vector<Permutation> result;
    for (const Move& move : moves) {
        Permutation& source = result.emplace_back(identity_permutation(all.size()));
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (all[i].cell[move.axis] != move.layer) continue;
            const Facelet to{turned(all[i].cell, move.axis, move.sense), turned(all[i].normal, move.axis, move.sense)};
            source[static_cast<std::size_t>(std::find(all.begin(), all.end(), to) - all.begin())] =
                static_cast<std::uint32_t>(i);
        }
    }
    return result;
}

std::vector<Permutation> cube_colour_rotations() {
    std::vector<Permutation> result;
    for (std::size_t axis = 0; axis < 3; ++axis) {
        Permutation& images = result.emplace_back();
        for (const Frame& frame : frames) {
            const Vector to = turned(frame.normal, axis, 1);
            const auto* face =
                std::find_if(frames.begin(), frames.end(), [&](const Frame& other) { return other.normal == to; });
            images.push_back(static_cast<std::uint32_t>(face - frames.begin()));
        }
    }
    return result;
}

std::vector<std::vector<std::uint32_t>> cube_pieces() {
    const std::vector<Facelet> all = facelets();
    std::vector<Vector> cells;
    std::vector<std::vector<std::uint32_t>> pieces;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto cell = std::find(cells.begin(), cells.end(), all[i].cell);
        const auto piece = static_cast<std::size_t>(cell - cells.begin());
        if (cell == cells.end()) {
            cells.push_back(all[i].cell);
            pieces.emplace_back();
        }
        pieces[piece].push_back(static_cast<std::uint32_t>(i));
    }
    for (std::vector<std::uint32_t>& piece : pieces)
        if (piece.size() == 3 && determinant(all[piece[0]].normal, all[piece[1]].normal, all[piece[2]].normal) < 0)
            std::swap(piece[1], piece[2]);
    return pieces;
}

} // namespace limsym::symmetry
