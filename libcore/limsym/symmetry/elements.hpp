// Elements of matrix groups: random ones, and all of them where they are few.
//
// Haar measure: O(n) by QR of a Gaussian matrix with the signs of the diagonal of R moved into Q (Mezzadri 2007), SO(n)
// with one column flipped; S(n) by Fisher-Yates; finite groups uniformly from the list of their elements. A non-compact
// group has no Haar probability: g = exp(sum z_j A_j) w with z_j ~ N(0, s_j^2) and w a random word in the discrete
// generators; s_j = 1 for antisymmetric A_j (rotations), else 0.3 (boosts).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "limsym/base/random.hpp"
#include "limsym/symmetry/linear_action.hpp"
#include "limsym/symmetry/representation.hpp"

namespace limsym::symmetry {

inline constexpr std::size_t default_exact_limit = 100'000;

/// All elements, identity first, in the order of a breadth-first walk over the generators; of a product the last factor
/// runs fastest. Nothing when the group has a Lie part or more than `limit` elements. Elements are told apart by their
/// entries rounded to 1e-6.
[[nodiscard]] std::optional<std::vector<Element>> all_elements(const LinearAction& action,
                                                               std::size_t limit = default_exact_limit);

enum class Measure { haar, lie_normal, enumerated };
/// "haar", "lie-normal", "enumerated"
[[nodiscard]] std::string_view measure_name(Measure measure);

/// Draws elements; every draw is a function of its stream alone.
class ElementSampler {
public:
    /// Which law is asked for; automatic: finite groups of at most `limit` elements uniformly from their list, groups
    /// with a Haar sampler by it, others by lie_normal.
    enum class Law { automatic, haar, lie_normal, enumerate };

    /// @param scale in place of both s_j of lie_normal
    /// @throws InputError naming --measure when the group has no such law (haar of a non-compact group)
    ElementSampler(const LinearAction& action, Law law, std::optional<double> scale = std::nullopt,
                   std::size_t limit = default_exact_limit);

    [[nodiscard]] Measure measure() const { return measure_; }
    /// The list of all elements, when that is what is drawn from.
    [[nodiscard]] const std::vector<Element>* list() const { return list_ ? &*list_ : nullptr; }
    [[nodiscard]] Element draw(base::RandomStream& stream) const;

private:
    LinearAction action_;
    Measure measure_;
    std::optional<double> scale_;
    std::optional<std::vector<Element>> list_;
};

/// Is there a sampler of Haar measure?
[[nodiscard]] bool has_haar_sampler(const LinearAction& action);

/// exp(A) by scaling and squaring.
[[nodiscard]] arma::mat matrix_exponential(const arma::mat& a);

} // namespace limsym::symmetry
