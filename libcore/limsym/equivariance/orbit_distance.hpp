// How far the orbit of a matrix z under left multiplication by a group is from the orbit of the identity, which is the
// group itself; and the group elements nearest to z.
//
// Orbits are told apart by invariants: z'Jz for the groups of a form J (g'Jg = J), with det z where the group's name
// begins with SO; det z alone for SL(n). Source: Nguyen, Kim, Yang, Hong, arXiv 2311.07143, and its released code.
#pragma once

#include <armadillo>
#include <optional>
#include <string>
#include <string_view>

#include "limsym/symmetry/linear_action.hpp"

namespace limsym::equivariance {

enum class OrbitLoss {
    mse,        ///< mean over all entries of (z'Jz - J)^2; SL(n): (det z - 1)^2
    mae4,       ///< SO(2): mean of |.| of |c1|^2 - 1, |c2|^2 - 1, c1.c2, det z - 1, with c the columns
    procrustes, ///< O(n), SO(n): min over g of |g z - I|_F^2
};

/// What of a group orbit distances need. Groups without a form, except SL(n), are refused.
struct OrbitProblem {
    std::string name;
    symmetry::MatrixFamily family;
    std::size_t d;
    arma::mat form; ///< empty for SL(n)
    std::size_t p;  ///< of SO+(p,q): the block whose determinant tells the component

    /// @throws InputError naming --group
    [[nodiscard]] static OrbitProblem of(const symmetry::LinearAction& group);
    [[nodiscard]] bool is_euclidean() const;         ///< O(n), SO(n)
    [[nodiscard]] bool has_unit_determinant() const; ///< names that begin with SO
};

/// @throws InputError naming --loss when the group has no such loss
void check_loss(const OrbitProblem& problem, OrbitLoss loss);
[[nodiscard]] double orbit_distance(const OrbitProblem& problem, const arma::mat& z, OrbitLoss loss);
/// Of OrbitLoss::mse with respect to z: (2/d^2) (J z E' + J' z E), E = z'Jz - J.
[[nodiscard]] arma::mat orbit_gradient(const OrbitProblem& problem, const arma::mat& z);
/// Upper triangle of z'Jz row by row (Sp: strictly upper), then det z where the name begins with SO; SL: det alone.
[[nodiscard]] arma::vec invariants(const OrbitProblem& problem, const arma::mat& z);
/// max|z'Jz - J| <= 1e-8 max(1, max|z|^2), and the component where the name tells one.
[[nodiscard]] bool in_group(const OrbitProblem& problem, const arma::mat& z);

/// A group element, or why there is none.
struct Projection {
    std::optional<arma::mat> element;
    std::string reason;
};
/// The generalised polar factor: Newton's iteration X <- (X + J^-1 X^-T J)/2 from z, which commutes with left
/// multiplication by the group; O(n): the nearest orthogonal matrix; SO(n): the nearest with determinant 1.
[[nodiscard]] Projection polar_projection(const OrbitProblem& problem, const arma::mat& z);
/// Gram and Schmidt on the columns in order with respect to J; needs signs <v_i, v_i> = J_ii on the way.
[[nodiscard]] Projection gram_schmidt_projection(const OrbitProblem& problem, const arma::mat& z);

/// J^-1 z' J: the inverse of a group element, and an equivariant substitute of it elsewhere.
[[nodiscard]] arma::mat adjoint_inverse(const arma::mat& form, const arma::mat& z);

} // namespace limsym::equivariance
