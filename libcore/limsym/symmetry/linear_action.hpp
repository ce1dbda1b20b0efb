// Groups of matrices by generators: what a group does to R^d.
//
// A group in GL(d) is given by Lie generators A (exp(tA) in G for all t) and discrete generators h. The generators of
// the named families are fixed (constraint matrices, and so reported singular values, depend on them):
//   SO(n)      E_ij - E_ji, i > j                        O(n)    and diag(-1, 1, ..., 1)
//   SO+(p,q)   E_ij - J_jj J_ii E_ji, i > j, J = diag(1_p, -1_q)
//   SO(p,q)    and diag(-1, 1, ..., 1, -1)               O(p,q)  and diag(-1, 1, ...), diag(1, ..., 1, -1)
//   Sp(2m)     E_ij - E_{m+j,m+i}, symmetric units in the off-diagonal blocks
//   SL(n)      E_ij (i != j), E_ii - E_nn                GL(n)   all E_ij            Scaling(n)  I
//   S(n), Z(n) swaps (0 k); the shift e_i -> e_{i+1}     C(k), D(k) on R^2: rotation by 2 pi/k, and diag(-1, 1)
//   SE(n), Tr(n) on R^{n+1}, homogeneous coordinates, the last one 1
// Products act on V1 (x) V2 by A (x) I, I (x) B, h (x) I, I (x) k.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "limsym/symmetry/group.hpp"

namespace limsym::symmetry {

enum class MatrixFamily {
    trivial,
    special_orthogonal,  ///< SO(n)
    orthogonal,          ///< O(n)
    identity_indefinite, ///< SO+(p,q)
    special_indefinite,  ///< SO(p,q)
    indefinite,          ///< O(p,q)
    symplectic,          ///< Sp(n)
    special_linear,      ///< SL(n)
    general_linear,      ///< GL(n)
    scaling,             ///< Scaling(n)
    symmetric,           ///< S(n)
    cyclic_shift,        ///< Z(n)
    planar_cyclic,       ///< C(k)
    planar_dihedral,     ///< D(k)
    special_euclidean,   ///< SE(n)
    translation,         ///< Tr(n)
    embedded,            ///< parts[0] on `axes` of R^d
    generated,           ///< by both parts together
    product,             ///< of the parts, on the tensor product
    given,               ///< generators from a file
};

struct LinearAction {
    std::string name; ///< as an expression, or the file
    MatrixFamily family = MatrixFamily::given;
    std::size_t p = 0; ///< n, k, or p
    std::size_t q = 0; ///< of (p, q), else 0
    std::size_t d = 1; ///< the group acts on R^d
    std::vector<arma::mat> lie;
    std::vector<arma::mat> discrete;
    std::optional<arma::mat> form;   ///< J with g' J g = J
    std::optional<bool> compact;     ///< unknown for given groups that are not orthogonal
    std::vector<LinearAction> parts; ///< of embedded, generated, product
    std::vector<std::size_t> axes;   ///< of embedded

    [[nodiscard]] bool is_product() const { return family == MatrixFamily::product; }
};

/// The largest d.
inline constexpr std::size_t largest_dimension = 256;

/// A named family that has no parts. The caller has checked the arguments.
[[nodiscard]] LinearAction matrix_family(MatrixFamily family, std::size_t p, std::size_t q = 0);
[[nodiscard]] LinearAction embedded_action(LinearAction part, std::vector<std::size_t> axes, std::size_t d);
/// Both act on the same R^d.
[[nodiscard]] LinearAction generated_action(LinearAction left, LinearAction right);
/// Parts that are products themselves are taken apart: (A x B) x C has three factors.
[[nodiscard]] LinearAction product_action(const LinearAction& left, const LinearAction& right);
/// Finds out what it can about generators that a file gave: orthogonal groups are compact.
[[nodiscard]] LinearAction given_action(std::string name, std::size_t d, std::vector<arma::mat> lie,
                                        std::vector<arma::mat> discrete, std::optional<arma::mat> form);

/// A permutation group by permutation matrices, e_i -> e_g(i). The degree is at most largest_dimension.
[[nodiscard]] LinearAction permutation_action(const Group& group);

/// A or h of one factor as a generator of a product, and of the whole: I (x) M (x) I.
[[nodiscard]] arma::mat on_factor(const arma::mat& matrix, std::size_t before, std::size_t after);

/// Every generator is antisymmetric or orthogonal to 1e-12.
[[nodiscard]] bool is_orthogonal(const LinearAction& action);
/// No Lie part, and every generator permutes the axes.
[[nodiscard]] bool is_permutation(const LinearAction& action);
/// Largest distance of a normalised [A_i, A_j] from the span of the A; 0 without Lie part. Brackets below 1e-6 of
/// |A_i| |A_j| count as 0.
[[nodiscard]] double bracket_defect(const std::vector<arma::mat>& lie);
/// Largest |A'J + JA| and |h'Jh - J| over entries and generators.
[[nodiscard]] double form_defect(const LinearAction& action, const arma::mat& form);
/// [[0, I], [-I, 0]] of order 2m.
[[nodiscard]] arma::mat symplectic_form(std::size_t m);

/// The image of axis i under a permutation matrix: m e_i = e_{images[i]}.
[[nodiscard]] Permutation images_of(const arma::mat& permutation);

} // namespace limsym::symmetry
