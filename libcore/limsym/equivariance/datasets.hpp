// Functions with known symmetries, and inputs drawn for them. Sources: Finzi, Welling, Wilson 2021 (o5, inertia,
// particle); Kim, Lee, Yang, Lee 2023 (cossim, modified inertia).
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <string>

#include "limsym/base/random.hpp"
#include "limsym/data/json.hpp"

namespace limsym::equivariance {

enum class DatasetKind {
    o5,       ///< r1, r2 in R^5: sin|r1| - |r2|^3/2 + cos of the angle; invariant under O(5)
    inertia,  ///< k masses and k positions in R^3: sum m (|r|^2 I - r r'), row by row; equivariant under O(3)
    particle, ///< four momenta: a scattering matrix element; invariant under O(1,3)
    cossim,   ///< k vectors in R^3: mean cosine of cyclic neighbours
};
enum class CossimSymmetry { so3_scale, so3, scale, none };

struct Dataset {
    DatasetKind kind = DatasetKind::o5;
    double eps = 0.0; ///< strength of what breaks the symmetry
    int axis = 2;     ///< inertia: Y + eps (Y e_axis) e_axis'; -1: column 0 times 1 - eps, column 1 times 1 + eps
    CossimSymmetry symmetry = CossimSymmetry::so3_scale;
    std::size_t k = 0; ///< particles (inertia, 5) or vectors (cossim, 3); 0: the default

    [[nodiscard]] std::size_t count() const;
    [[nodiscard]] std::size_t inputs() const;
    [[nodiscard]] std::size_t outputs() const;
    /// y at x.
    [[nodiscard]] arma::vec target(const arma::vec& x) const;
    /// A random input: o5 and cossim N(0,1); particle N(0,1)/4; inertia masses softplus(N(0,1)), positions N(0,1).
    [[nodiscard]] arma::vec draw(base::RandomStream& stream) const;
    /// The largest group of the symmetry, and the representations, as expressions.
    [[nodiscard]] std::string group() const;
    [[nodiscard]] std::string rep_in() const;
    [[nodiscard]] std::string rep_out() const;
};

/// "inertia" @throws InputError naming `option`
[[nodiscard]] DatasetKind parse_dataset_kind(const std::string& text, const std::string& option);
[[nodiscard]] CossimSymmetry parse_cossim_symmetry(const std::string& text, const std::string& option);
/// "inertia:eps=0.3,axis=2" @throws InputError naming `option`
[[nodiscard]] Dataset parse_dataset(const std::string& text, const std::string& option);
[[nodiscard]] std::string dataset_name(DatasetKind kind);
[[nodiscard]] std::string symmetry_name(CossimSymmetry symmetry);

} // namespace limsym::equivariance
