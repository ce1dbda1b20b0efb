// The symmetry algebra of a function.
//
// For A in gl(d) acting through the representations, v_A(x) = J_f(x) rho_in'(A) x - rho_out'(A) f(x) is linear in A.
// M = mean_x v v' / mean |f|^2 over the units E_ij (row-major) is the moment matrix; its eigenvectors with eigenvalue 0
// span the Lie algebra of symmetries, and an eigenvalue lambda is the squared relative infinitesimal error for |A|_F
// = 1.
#pragma once

#include <armadillo>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/equivariance/row_function.hpp"
#include "limsym/equivariance/symmetrised.hpp"

namespace limsym::equivariance {

struct GroupMatch {
    std::string group;
    double distance; ///< largest principal angle between the algebras, radians
};

struct LieDiscovery {
    arma::vec eigenvalues; ///< of M, ascending, d^2 of them
    std::size_t dimension = 0;
    std::optional<double> gap;         ///< first eigenvalue that is not zero, over the largest
    std::vector<arma::mat> generators; ///< orthonormal in the Frobenius product
    double bracket_defect = 0.0;
    std::array<std::size_t, 3> killing{};    ///< eigenvalues of the Killing form below, at and above 0
    std::optional<arma::mat> preserved_form; ///< the only J with A'J + JA = 0, scaled to largest entry 1
    std::vector<GroupMatch> matches;
};

/// @param d dimension of V; setting.group is any group on R^d (its representations are all that is used)
/// @param zero eigenvalues below max(zero lambda_max, 1e-18) count as 0 @param step of central differences
/// @throws WorkError when f is 0 at all rows
[[nodiscard]] LieDiscovery discover_algebra(const GroupSetting& setting, RowFunction& function, const arma::mat& x,
                                            double zero, double step, const base::Monitor& monitor);

struct DiscreteCandidate {
    std::string name; ///< "flip:0", "negate", "swap:0,1", "perm:1,2,0"
    arma::mat element;
};
/// Sign changes of one axis, of all, exchanges of two axes; all other permutations when d <= max_permuted (at most 6).
[[nodiscard]] std::vector<DiscreteCandidate> discrete_candidates(std::size_t d, std::size_t max_permuted);

} // namespace limsym::equivariance
