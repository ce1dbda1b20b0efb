// Bases of the linear maps W with W rho_in(g) = rho_out(g) W.
//
// W, flattened row by row, is an invariant vector of rho_out (x) rho_in': (rho(h) - I) v = 0 and drho(A) v = 0 for all
// generators. Hom of direct sums splits into Hom of terms: every distinct pair of terms is solved once. Routes:
//   perm  permutation groups: orbits of index tuples by union and find, one basis vector an orbit
//   svd   the stacked constraint matrix C of a block, singular values below a cut; a gap below 1e3 is an error
//   cg    the projection of random vectors on ker C by conjugate gradients on C'C, matrix-free; for compact and for
//         pseudo-orthogonal groups C'C is a Casimir operator with a handful of distinct eigenvalues, so that a handful
//         of steps does
// A basis is unique up to rotation, the projector Q Q' is unique.
#pragma once

#include <armadillo>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "limsym/base/memory.hpp"
#include "limsym/symmetry/linear_action.hpp"
#include "limsym/symmetry/representation.hpp"

namespace limsym::symmetry {

enum class BasisMethod { perm, svd, cg };
[[nodiscard]] std::string_view method_name(BasisMethod method);

/// An orthonormal basis of the invariant vectors of one block.
struct InvariantBasis {
    arma::mat q;                        ///< N x r, orthonormal columns
    std::optional<double> smallest_out; ///< svd: smallest singular value above the cut
    std::optional<double> largest_kept; ///< svd: largest below it
    double residual = 0.0;              ///< |C Q|_F
    std::size_t iterations = 0;         ///< cg
};

/// Invariant vectors of one representation by one route. @param cut relative to max(1, largest singular value)
/// @throws WorkError when the gap of singular values is too small, when CG does not converge, or beyond the budget
/// @throws InputError naming --method for perm and a group of other matrices
[[nodiscard]] InvariantBasis invariant_basis(const LinearAction& action, const Representation& rep, BasisMethod method,
                                             double cut, const base::MemoryBudget& budget);

/// A basis in blocks: block k is a d_out x d_in part of W whose upper left corner is (row, column).
struct EquivariantBasis {
    struct Place {
        std::size_t solution; ///< index of the block's basis
        std::size_t row;
        std::size_t column;
        std::size_t rows;
        std::size_t columns;
    };
    std::size_t size_out = 0;
    std::size_t size_in = 0;
    BasisMethod method = BasisMethod::svd;
    std::vector<InvariantBasis> solutions;
    std::vector<Place> places;

    [[nodiscard]] std::size_t dimension() const;
    [[nodiscard]] double residual() const;
    [[nodiscard]] std::optional<double> smallest_out() const;
    [[nodiscard]] std::optional<double> largest_kept() const;
    [[nodiscard]] std::size_t iterations() const;
};

struct BasisOptions {
    std::optional<BasisMethod> method; ///< absent: perm if it applies, svd for size_out size_in <= 300, else cg
    double cut = 1e-10;
};
[[nodiscard]] EquivariantBasis equivariant_basis(const LinearAction& action, const Representation& in,
                                                 const Representation& out, const BasisOptions& options,
                                                 const base::MemoryBudget& budget);

/// N x dimension with N = size_out size_in; the columns are ordered by their first entry that is not 0.
[[nodiscard]] arma::mat dense_basis(const EquivariantBasis& basis, const base::MemoryBudget& budget);
/// Q Q', N x N.
[[nodiscard]] arma::mat dense_projector(const EquivariantBasis& basis, const base::MemoryBudget& budget);
/// The nearest equivariant map to W (size_out x size_in).
[[nodiscard]] arma::mat project(const EquivariantBasis& basis, const arma::mat& w);

} // namespace limsym::symmetry
