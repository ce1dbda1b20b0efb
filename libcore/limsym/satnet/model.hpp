// A model: the couplings of the layer, free, factored or tied by a group, and what the variables mean.
#pragma once

#include <armadillo>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "limsym/satnet/couplings.hpp"
#include "limsym/satnet/problem.hpp"
#include "limsym/symmetry/group.hpp"
#include "limsym/symmetry/partition.hpp"

namespace limsym::satnet {

/// C = S S^T: S (n+1+aux) x m, row 0 of the truth variable.
struct FactorParameters {
    arma::mat S;
};
/// C itself, symmetric, order n+1+aux.
struct MatrixParameters {
    arma::mat C;
};

/// Which entries of C are one parameter: shared by all models of a group.
struct OrbitalLayout {
    symmetry::Group group;
    symmetry::PairPartition classes;         ///< symmetric orbitals
    symmetry::PointPartition points;         ///< orbits
    std::vector<std::uint32_t> parameters;   ///< labels of `classes` that are not on the diagonal, in order
    std::vector<std::uint32_t> parameter_of; ///< label -> parameter; of diagonal labels: parameters.size()
    std::shared_ptr<const SumTable> sums;    ///< nothing when the matrix itself is cheaper

    /// Pairs (i, j) that parameter t stands for.
    [[nodiscard]] double size(std::size_t t) const { return static_cast<double>(classes.sizes[parameters[t]]); }
};
[[nodiscard]] std::shared_ptr<const OrbitalLayout> make_layout(const symmetry::Group& group);

/// C_ij = values[class of (i, j)], C_0i = upper[orbit of i], or upper[i - 1] when row 0 is free.
struct OrbitalParameters {
    std::shared_ptr<const OrbitalLayout> layout;
    std::vector<double> values; ///< one for every class off the diagonal
    std::vector<double> upper;  ///< one for every orbit, or n of them

    [[nodiscard]] bool upper_is_free() const { return upper.size() != layout->points.count(); }
    /// C_0i, i = 1..n.
    [[nodiscard]] std::vector<double> row0() const;
};

using Parameters = std::variant<FactorParameters, MatrixParameters, OrbitalParameters>;

struct Model {
    std::size_t n = 0;
    std::size_t aux = 0;
    std::size_t k = 32;
    Parameters parameters;
    std::vector<std::size_t> cells; ///< one-hot groups of variables; empty: every variable is its own
    std::optional<Problem> problem;
    // A weighted formula that the couplings stand for: literals +-1..n; offset as import gives it.
    std::vector<std::vector<std::int64_t>> clauses;
    std::vector<double> weights;
    double offset = 0.0;

    [[nodiscard]] std::size_t order() const { return n + 1 + aux; }
};

/// "S", "C" or "orbital".
[[nodiscard]] std::string parameter_name(const Model& model);
/// C with its diagonal as the parameters give it (0 for orbital ones).
[[nodiscard]] arma::mat coupling_matrix(const Model& model);
/// The form that sweeps use: T = double or float.
template <typename T>
[[nodiscard]] Couplings<T> couplings_of(const Parameters& parameters);
/// How many numbers training changes: off-diagonal classes and orbits, N(N-1)/2 or N m.
[[nodiscard]] std::size_t parameter_count(const Model& model);

/// Weight of the clauses that 0/1 values do not satisfy, of a model with clauses; clashes of a Sudoku or Latin square;
/// nothing for a model without a rule.
[[nodiscard]] std::optional<double> violated(const Model& model, const std::vector<double>& x);

} // namespace limsym::satnet
