// Permutations of the points 0..n-1 as lists of images.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace limsym::symmetry {

/// g[i] is the image of point i.
using Permutation = std::vector<std::uint32_t>;

[[nodiscard]] Permutation identity_permutation(std::size_t degree);
[[nodiscard]] bool is_identity(const Permutation& g);
/// i -> second(first(i)); both of the same degree.
[[nodiscard]] Permutation compose(const Permutation& first, const Permutation& second);
[[nodiscard]] Permutation inverse(const Permutation& g);
/// relabelling^-1 g relabelling as a map of the new names: new name relabelling[i] of point i goes to
/// relabelling[g[i]].
[[nodiscard]] Permutation conjugate(const Permutation& g, const Permutation& relabelling);
/// What keeps a list of images from being a permutation ("image 1 is repeated", "image 7 is outside 0..4"); "":
/// nothing.
[[nodiscard]] std::string permutation_fault(const Permutation& images);

} // namespace limsym::symmetry
