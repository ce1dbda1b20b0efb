// Variances of the inputs, K0(x, x), where they leave the range of their type below.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "limsym/base/monitor.hpp"

namespace limsym::kernel {

/// K0(x, x), or 0 when it is too small for T to keep its digits.
template <typename T>
[[nodiscard]] T input_variance(double sum_of_squares, double input_factor) {
    const T variance = static_cast<T>(sum_of_squares * input_factor);
    return variance < std::numeric_limits<T>::min() ? T(0) : variance;
}

/// Warns of the rows that are not 0 but are taken as 0. @param faded by row, 1 where that is so
/// @returns is there such a row?
template <typename T>
bool warn_of_faded_rows(const std::vector<char>& faded, const base::Monitor& monitor) {
    std::size_t first = 0;
    std::size_t count = 0;
    for (std::size_t i = faded.size(); i-- > 0;) {
        if (faded[i] == 0) continue;
        first = i;
        ++count;
    }
    if (count == 0) return false;
    constexpr bool single_precision = sizeof(T) < sizeof(double);
    monitor.warning("input row " + std::to_string(first + 1) +
                    (count > 1 ? " and " + std::to_string(count - 1) + " more are" : " is") +
                    " so small that the squares leave the range of " +
                    (single_precision ? "single precision" : "double") + ", and taken as 0; try " +
                    (single_precision ? "--dtype f64" : "larger units"));
    return true;
}

} // namespace limsym::kernel
