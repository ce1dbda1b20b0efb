#include "limsym/satnet/cube_board.hpp"

#include <algorithm>
#include <numeric>

#include "limsym/base/error.hpp"
#include "limsym/symmetry/cube.hpp"

namespace limsym::satnet {

namespace {

using symmetry::Permutation;
using Pieces = std::vector<std::vector<std::uint32_t>>;

constexpr std::size_t most_draws = 1000;

CubeColouring moved(const CubeColouring& colouring, const Permutation& source) {
    CubeColouring result(colouring.size());
    for (std::size_t i = 0; i < colouring.size(); ++i)
        result[i] = colouring[source[i]];
    return result;
}

Pieces pieces_of(std::size_t facelets) {
    Pieces result;
    for (auto& piece : symmetry::cube_pieces())
        if (piece.size() == facelets) result.push_back(std::move(piece));
    return result;
}

/// Ways to put the pieces of the cube, as coloured in `colouring`, on their places so that all visible facelets agree;
/// counted up to 2. Every arrangement counts, which are more than turns of the layers can reach.
class Arrangements {
public:
    Arrangements(const Pieces& places, const CubeColouring& colouring, const std::vector<bool>& hidden)
        : places_(places), colouring_(colouring), hidden_(hidden), used_(places.size()) {}

    [[nodiscard]] std::size_t count() {
        ways_ = 0;
        place(0);
        return ways_;
    }

private:
    void place(std::size_t at) {
        if (at == places_.size()) {
            ++ways_;
            return;
        }
        for (std::size_t piece = 0; piece < places_.size() && ways_ < 2; ++piece) {
            if (used_[piece]) continue;
            used_[piece] = true;
            for (std::size_t turn = 0; turn < places_[at].size() && ways_ < 2; ++turn)
                if (fits(places_[at], places_[piece], turn)) place(at + 1);
            used_[piece] = false;
        }
    }
    [[nodiscard]] bool fits(const std::vector<std::uint32_t>& where, const std::vector<std::uint32_t>& what,
                            std::size_t turn) const {
        for (std::size_t k = 0; k < where.size(); ++k)
            if (!hidden_[where[k]] && colouring_[where[k]] != colouring_[what[(k + turn) % what.size()]]) return false;
        return true;
    }

    const Pieces& places_;
    const CubeColouring& colouring_;
    const std::vector<bool>& hidden_;
    std::vector<bool> used_;
    std::size_t ways_ = 0;
};

void hide(std::vector<bool>& hidden, const Pieces& places, std::size_t count, base::RandomStream& stream) {
    std::vector<std::uint32_t> facelets;
    for (const auto& piece : places)
        facelets.insert(facelets.end(), piece.begin(), piece.end());
    for (std::size_t k = 0; k < count; ++k) {
        std::swap(facelets[k], facelets[k + stream.below(facelets.size() - k)]);
        hidden[facelets[k]] = true;
    }
}

bool keeps(const std::vector<bool>& hidden, const Pieces& places, std::size_t most) {
    return std::all_of(places.begin(), places.end(), [&](const std::vector<std::uint32_t>& piece) {
        return static_cast<std::size_t>(
                   std::count_if(piece.begin(), piece.end(), [&](std::uint32_t f) { return hidden[f]; })) <= most;
    });
}

} // namespace

CubeColouring solved_cube() {
    CubeColouring colouring(symmetry::cube_facelets);
    for (std::size_t i = 0; i < colouring.size(); ++i)
        colouring[i] = static_cast<std::uint8_t>(i / 9);
    return colouring;
}

CubeColouring scrambled_cube(std::size_t moves, base::RandomStream& stream) {
    static const std::vector<Permutation> turns = symmetry::cube_moves();
    CubeColouring colouring = solved_cube();
    for (std::size_t k = 0; k < moves; ++k) {
        const Permutation& turn = turns[stream.below(turns.size())];
        for (std::uint64_t quarter = stream.below(3) + 1; quarter > 0; --quarter)
            colouring = moved(colouring, turn);
    }
    return colouring;
}

std::vector<bool> hidden_facelets(const CubeColouring& colouring, const HiddenFacelets& counts,
                                  base::RandomStream& stream) {
    struct Kind {
        Pieces places;
        std::size_t count, most;
    };
    const std::array<Kind, 3> kinds{
        {{pieces_of(3), counts.corners, 2}, {pieces_of(2), counts.edges, 1}, {pieces_of(1), counts.centres, 1}}};
    std::vector<bool> hidden(colouring.size());
    for (const Kind& kind : kinds) {
        std::vector<bool> chosen;
        std::size_t draw = 0;
        do {
            if (++draw > most_draws)
                throw base::WorkError("hiding " + std::to_string(counts.corners) + "," + std::to_string(counts.edges) +
                                      "," + std::to_string(counts.centres) +
                                      " facelets leaves more than one colouring; hide fewer");
            chosen.assign(colouring.size(), false);
            hide(chosen, kind.places, kind.count, stream);
        } while (!keeps(chosen, kind.places, kind.most) || Arrangements(kind.places, colouring, chosen).count() != 1);
        for (std::size_t i = 0; i < hidden.size(); ++i)
            hidden[i] = hidden[i] || chosen[i];
    }
    return hidden;
}

} // namespace limsym::satnet
