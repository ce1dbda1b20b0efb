// Rows of a table dealt to parts, as the experiments of the paper do: NumPy's legacy permutation, then cuts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace limsym::nodescaling {

/// numpy.random.RandomState(seed).permutation(n): init_genrand of MT19937, Fisher-Yates from the end with draws masked
/// and rejected; n <= 2^32.
[[nodiscard]] std::vector<std::size_t> legacy_permutation(std::uint32_t seed, std::size_t n);

/// How a table is cut: one to three parts.
struct SplitRule {
    std::vector<double> fractions;             ///< > 0, sum <= 1
    std::optional<std::uint32_t> permute_seed; ///< absent: file order
};

/// Rows of each part, in the order of the permutation. Part sizes are floor(F n) (after adding 1e-9); when the
/// fractions sum to 1 (within 1e-9) the last part takes the rest.
/// @throws InputError naming --split when a part has no rows
[[nodiscard]] std::vector<std::vector<std::size_t>> split_rows(std::size_t n, const SplitRule& rule);

/// The fractions of --split. @throws InputError unless there are 1 to 3, each > 0, with a sum <= 1
void check_fractions(const std::vector<double>& fractions);

} // namespace limsym::nodescaling
