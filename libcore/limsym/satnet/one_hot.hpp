// Boards as partial assignments of 0/1 variables: one variable a cell and value, and wrong values put into them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "limsym/base/random.hpp"

namespace limsym::satnet {

/// Known values x, with NaN for unknown ones, and the wanted completion y.
struct PartialAssignment {
    std::vector<double> x;
    std::vector<double> y;
};

/// Cell c has the variables c size .. c size + size - 1, of which number value[c] is 1.
/// @param values 0..size-1 @param known cells whose variables are given in x
[[nodiscard]] PartialAssignment one_hot(const std::vector<std::uint8_t>& values, const std::vector<bool>& known,
                                        std::size_t size);

/// Gives `count` distinct random cells another value, uniform among the wrong ones: in y, and in x where the cell is
/// fully known.
/// @param cells sizes of the consecutive cells, each at least 2, together the length of x and y
/// @param count at most the number of cells whose y holds exactly one 1, else InputError
void corrupt(PartialAssignment& assignment, const std::vector<std::size_t>& cells, std::size_t count,
             base::RandomStream& stream);

} // namespace limsym::satnet
