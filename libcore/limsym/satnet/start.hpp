// Where the mixing method starts: the order of visits, a direction for every unknown variable, and the side on which
// the vector of a known fraction lies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace limsym::satnet {

/// Values of the variables 1..n as x[0..n-1]: in [0, 1], or NaN where unknown.
[[nodiscard]] bool is_unknown(double x);

struct Start {
    std::size_t k = 0;                ///< dimension of the vectors, >= 2
    std::vector<std::uint32_t> order; ///< unknown variables (1.., auxiliary ones included), each once
    std::vector<double> directions;   ///< row p: a direction, of any positive length, for order[p]; k numbers each
    std::vector<signed char> sides;   ///< [n]: +1 or -1, for known variables
};

/// Drawn from (seed, purpose, index, variable) alone: the start of a variable is the same whatever else is unknown.
[[nodiscard]] Start random_start(std::span<const double> x, std::size_t aux, std::size_t k, std::uint64_t seed,
                                 std::string_view purpose, std::uint64_t index);

} // namespace limsym::satnet
