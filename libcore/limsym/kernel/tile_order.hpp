// The order of the tiles of a symmetric matrix: on and below the diagonal, row by row.
#pragma once

#include <cmath>
#include <cstddef>
#include <utility>

namespace limsym::kernel {

/// Row and column block of tile t.
[[nodiscard]] inline std::pair<std::size_t, std::size_t> lower_tile(std::size_t t) {
    auto row = static_cast<std::size_t>((std::sqrt(8.0 * static_cast<double>(t) + 1.0) - 1.0) / 2.0);
    while (row * (row + 1) / 2 > t)
        --row;
    while ((row + 1) * (row + 2) / 2 <= t)
        ++row;
    return {row, t - row * (row + 1) / 2};
}

} // namespace limsym::kernel
