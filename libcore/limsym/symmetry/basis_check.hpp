// The dimension of a space of equivariant maps by another route than its basis: means of characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "limsym/symmetry/equivariant_basis.hpp"

namespace limsym::symmetry {

struct IndependentDimension {
    std::optional<std::int64_t> dimension;
    std::string reason; ///< why there is none, or ""
};

/// The mean over the group of chi_out(g) chi_in(g^-1): over the list of a finite group of at most `limit` elements; by
/// Weyl's integration formula for SO(n), O(n), and for SO(p,q), SO+(p,q), O(p,q), Sp(n), whose finite-dimensional
/// representations have the invariants of the compact form (the unitarian trick). n <= 7 there.
[[nodiscard]] IndependentDimension independent_dimension(const LinearAction& action, const Representation& in,
                                                         const Representation& out, std::size_t limit);

/// Largest |W rho_in(g) - rho_out(g) W| / (|W rho_in(g)| + |rho_out(g) W|) over the basis (at most 200 maps) and
/// `count` random elements. Boosts have rapidities of about 0.3.
[[nodiscard]] double equivariance_of(const EquivariantBasis& basis, const LinearAction& action,
                                     const Representation& in, const Representation& out, std::size_t count,
                                     std::uint64_t seed);

} // namespace limsym::symmetry
