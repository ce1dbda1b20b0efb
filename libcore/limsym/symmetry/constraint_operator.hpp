// C'C of the invariance constraints of a representation, without forming C.
#pragma once

#include <armadillo>
#include <vector>

#include "limsym/symmetry/linear_action.hpp"
#include "limsym/symmetry/representation.hpp"

namespace limsym::symmetry {

/// The rows of C: drho(A) for every Lie generator, rho(h) - I for every discrete one. Blocks of vectors are k x N, one
/// vector a row, so that the k numbers of one index lie together.
class ConstraintOperator {
public:
    ConstraintOperator(const LinearAction& action, const Representation& rep);

    [[nodiscard]] std::size_t size() const { return rep_.size(); }
    [[nodiscard]] std::size_t generators() const { return lie_.size() + discrete_.size(); }
    /// C'C X
    [[nodiscard]] arma::mat normal_product(const arma::mat& x) const;
    /// |C X|_F^2
    [[nodiscard]] double squared_norm(const arma::mat& x) const;
    /// C as a matrix, generators() N x N.
    [[nodiscard]] arma::mat dense() const;

private:
    /// A generator as one matrix for each factor, and for its dual; both also transposed.
    struct Generator {
        std::vector<arma::mat> vectors;
        std::vector<arma::mat> duals;
    };
    [[nodiscard]] arma::mat times_lie(const Generator& a, const arma::mat& x) const;
    [[nodiscard]] arma::mat times_discrete(const Generator& h, const arma::mat& x) const;
    [[nodiscard]] static Generator transposed(const Generator& g);

    Representation rep_;
    std::vector<Generator> lie_, lie_transposed_;
    std::vector<Generator> discrete_, discrete_transposed_;
};

} // namespace limsym::symmetry
