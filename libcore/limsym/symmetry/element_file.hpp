// Group elements, and square matrices in general, as files hold them.
#pragma once

#include <string>
#include <vector>

#include "limsym/data/format.hpp"
#include "limsym/symmetry/linear_action.hpp"
#include "limsym/symmetry/representation.hpp"

namespace limsym::symmetry {

/// Matrices of one file: NDJSON, one a line, [[..]] or {"g":..} or {"z":..} (for products "g":[[..],[..]], a list of
/// factor matrices); CSV with all numbers of an element in a row, row-major, factors one after another; npy rows
/// likewise; or one limsym/matrix@1. The matrices may be singular, the group's equations are not looked at.
/// @throws InputError at FILE:LINE for other shapes
[[nodiscard]] std::vector<Element> read_matrices(const data::Source& source, const LinearAction& group);

/// As above, every factor invertible. @throws InputError "FILE: element 3 is singular"
[[nodiscard]] std::vector<Element> read_elements(const data::Source& source, const LinearAction& group);

} // namespace limsym::symmetry
