#include "common/spelling.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace limsym::cli {

namespace {

// Stems, not endings: "noise" and "precise" have no American form.
constexpr std::array<std::pair<std::string_view, std::string_view>, 25> stems{{
    {"standardis", "standardiz"},
    {"normalis", "normaliz"},
    {"symmetris", "symmetriz"},
    {"canonicalis", "canonicaliz"},
    {"regularis", "regulariz"},
    {"minimis", "minimiz"},
    {"maximis", "maximiz"},
    {"optimis", "optimiz"},
    {"initialis", "initializ"},
    {"summaris", "summariz"},
    {"factoris", "factoriz"},
    {"discretis", "discretiz"},
    {"quantis", "quantiz"},
    {"randomis", "randomiz"},
    {"generalis", "generaliz"},
    {"parameteris", "parameteriz"},
    {"parametris", "parametriz"},
    {"penalis", "penaliz"},
    {"orthogonalis", "orthogonaliz"},
    {"diagonalis", "diagonaliz"},
    {"analyse", "analyze"},
    {"centre", "center"},
    {"colour", "color"},
    {"neighbour", "neighbor"},
    {"behaviour", "behavior"},
}};

} // namespace

std::optional<std::string> other_spelling(const std::string& name) {
    for (const auto& [british, american] : stems) {
        for (const auto& [from, to] : {std::pair(british, american), std::pair(american, british)}) {
            const std::size_t place = name.find(from);
            if (place == std::string::npos) continue;
            std::string other = name;
            other.replace(place, from.size(), to);
            return other;
        }
    }
    return std::nullopt;
}

} // namespace limsym::cli
