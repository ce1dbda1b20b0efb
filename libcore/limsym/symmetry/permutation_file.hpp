// Generators of permutation groups as users write them in files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "limsym/data/json.hpp"
#include "limsym/symmetry/permutation.hpp"

namespace limsym::symmetry {

struct PermutationList {
    std::size_t degree = 0;
    std::vector<Permutation> permutations;
};

/// Reads a file of permutations. Text: one permutation a line, 0-based images separated by blanks or commas, or cycles
/// "(1,2)(3,4)" of points from 1; '#' begins a comment. JSON: an array of image lists, or a
/// limsym/permutation-symmetry@1 or limsym/permutation-group@1 document with "generators".
/// @param degree of files of cycles, which otherwise is their largest point, and of files without permutations
/// @throws InputError "FILE:LINE: ..." or "FILE:/pointer: ..."
[[nodiscard]] PermutationList read_permutations(const std::string& file, std::optional<std::size_t> degree);

/// An array of image lists of one degree. @param degree when it is known already
/// @throws InputError at FILE:POINTER
[[nodiscard]] PermutationList permutations_of_json(const data::Json& array, const std::string& file,
                                                   const std::string& pointer, std::optional<std::size_t> degree);

[[nodiscard]] data::Json to_json(const std::vector<Permutation>& permutations);

} // namespace limsym::symmetry
