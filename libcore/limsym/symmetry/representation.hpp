// Representations of matrix groups as expression trees, and their action without forming large matrices.
//
//   S scalar   V base   V1, V2, .. base of one factor of a product   R' dual   A+B direct sum   A*B tensor product
//   k R, k*R: k copies   R^k: tensor power   T(p,q) = V^p * (V')^q   T(p) = T(p,0)
// Sums concatenate in the order written; products are in Kronecker order (last factor fastest); duals act by g^-T, in
// the Lie algebra by -A'. A map W from R_in to R_out, flattened row by row, is a vector of R_out * R_in'.
#pragma once

#include <armadillo>
#include <cstddef>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "limsym/symmetry/linear_action.hpp"

namespace limsym::symmetry {

class Representation;

struct ScalarRep {};
/// The vectors of one factor of the group (factor 0 where there is but one).
struct VectorRep {
    std::size_t factor = 0;
    bool dual = false;
};
struct SumRep {
    std::vector<Representation> terms;
};
struct CopiesRep {
    std::size_t count = 1;
    std::shared_ptr<const Representation> of;
};
struct ProductRep {
    std::vector<Representation> factors;
};

/// An immutable value.
class Representation {
public:
    using Form = std::variant<ScalarRep, VectorRep, SumRep, CopiesRep, ProductRep>;
    Representation(Form form, std::size_t size) : form_(std::make_shared<const Form>(std::move(form))), size_(size) {}

    [[nodiscard]] const Form& form() const { return *form_; }
    /// Dimension of the space.
    [[nodiscard]] std::size_t size() const { return size_; }

private:
    std::shared_ptr<const Form> form_;
    std::size_t size_;
};

/// The largest size of a representation.
inline constexpr std::size_t largest_representation = std::size_t{1} << 40U;

/// @param place begins messages ("--rep-in") @throws InputError "PLACE: 'V++S': unexpected '+' at character 3; expected
/// ..."
[[nodiscard]] Representation parse_representation(const std::string& text, const LinearAction& group,
                                                  const std::string& place);

/// The dual, with the primes pushed down to the vectors.
[[nodiscard]] Representation dual(const Representation& rep);
/// The tensor product.
[[nodiscard]] Representation tensor_product(const Representation& left, const Representation& right);
/// A key: equal texts are equal representations.
[[nodiscard]] std::string to_text(const Representation& rep);

/// The terms of the direct sum at the top, copies written out, with where they begin.
struct RepTerm {
    Representation rep;
    std::size_t begin;
};
[[nodiscard]] std::vector<RepTerm> terms_of(const Representation& rep);

/// A group element: one invertible matrix for each factor of a product (one matrix for other groups).
using Element = std::vector<arma::mat>;

[[nodiscard]] Element identity_element(const LinearAction& group);
[[nodiscard]] Element inverse_element(const Element& g);
/// a b
[[nodiscard]] Element compose_elements(const Element& a, const Element& b);
/// The matrix on R^d.
[[nodiscard]] arma::mat matrix_of(const Element& g);

/// An element with what representations need of it: inverse transposes, computed once.
struct RepElement {
    Element g;
    Element dual; ///< g^-T

    explicit RepElement(Element element);
};

/// rho(g) X for X size() x n (a column a vector); in place.
void apply(const Representation& rep, const RepElement& g, arma::mat& x);
/// drho(A) X, with A one matrix for each factor (an empty matrix: 0).
[[nodiscard]] arma::mat apply_derivative(const Representation& rep, const std::vector<arma::mat>& a,
                                         const arma::mat& x);
/// The trace of rho(g).
[[nodiscard]] double character(const Representation& rep, const RepElement& g);
/// rho(g) as a matrix.
[[nodiscard]] arma::mat matrix_of(const Representation& rep, const RepElement& g);

/// One Lie generator of the group as factors: A on its factor, empty matrices on the others.
struct GeneratorList {
    std::vector<std::vector<arma::mat>> lie;
    std::vector<Element> discrete;
};
/// In the order of action.lie and action.discrete.
[[nodiscard]] GeneratorList generators_by_factor(const LinearAction& action);

} // namespace limsym::symmetry
