// Couplings as weighted MAX-2-SAT, QUBO and Ising problems: x^T C x off the diagonal, exactly.
#pragma once

#include <armadillo>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace limsym::satnet {

/// constant + violated weight = sum over i != j of C_ij x_i x_j at every point x = +-1.
struct MaxTwoSat {
    std::size_t variables = 0;
    double constant = 0.0;
    std::vector<std::vector<std::int64_t>> clauses; ///< i < j ascending, of row 0 unit clauses
    std::vector<double> weights;                    ///< > 0
    std::vector<std::int64_t> hard;                 ///< literals of given values

    /// What weights are multiplied by to become whole: 2^bits / the largest; 1 without clauses.
    [[nodiscard]] double scale(unsigned bits) const;
};
/// @param given values of the variables (0, 1, or NaN: not given); may be empty
[[nodiscard]] MaxTwoSat max_two_sat(const arma::mat& C, std::span<const double> given);

enum class WcnfDialect { old, modern };
/// WCNF with whole weights; clauses whose weight rounds to 0 are left out.
/// @throws WorkError when the weights' sum would reach 2^62
[[nodiscard]] std::string wcnf_text(const MaxTwoSat& problem, WcnfDialect dialect, unsigned bits);

/// Lines "i j value", i <= j, after "c constant K": minimise their sum over b in {0, 1} (qubo) or s in {-1, 1} (ising),
/// where i = j is a linear term.
[[nodiscard]] std::string qubo_text(const arma::mat& C);
[[nodiscard]] std::string ising_text(const arma::mat& C);

} // namespace limsym::satnet
