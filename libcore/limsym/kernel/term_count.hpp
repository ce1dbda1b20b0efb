// How the terms of a tabulated dual activation fall to the Chebyshev polynomials of the angle (dual_table.hpp).
#pragma once

#include <cstddef>

namespace limsym::kernel {

/// Of one polynomial: first the terms whose products are added, then those whose products are subtracted.
struct TermCount {
    std::size_t added;
    std::size_t subtracted;
};

} // namespace limsym::kernel
