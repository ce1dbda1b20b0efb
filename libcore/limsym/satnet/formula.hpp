// Weighted formulas in conjunctive normal form, and the couplings whose energy counts what they violate.
#pragma once

#include <armadillo>
#include <cstdint>
#include <string>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/satnet/model.hpp"

namespace limsym::satnet {

struct Formula {
    std::size_t variables = 0;
    std::vector<std::vector<std::int64_t>> clauses; ///< literals +-1..variables, each variable at most once
    std::vector<double> weights;                    ///< > 0; of hard clauses 1 + the sum of the soft ones
    std::size_t hard = 0;
    double soft_weight = 0.0;  ///< sum over the soft clauses
    std::size_t dropped = 0;   ///< tautologies
    double empty_weight = 0.0; ///< of empty clauses, which nothing satisfies
};

/// DIMACS CNF and WCNF, the old form (p wcnf V C TOP) and that of 2022 (no p line, h for hard), told apart by content.
/// Weights are divided by what a comment "c scale S" says. @throws InputError "FILE:LINE: ..."
[[nodiscard]] Formula read_formula(const std::string& file, const base::Monitor& monitor);

/// C = S S^T with a column for every clause: -1 in row 0, +-1 at its literals, times sqrt(w / (4 |c|)). With
/// offset = sum of w (|c| - 1)^2 / (4 |c|), x^T C x - offset is the violated weight for clauses of at most two literals
/// and a lower bound for longer ones.
struct FormulaCouplings {
    arma::mat C;
    double offset = 0.0;
};
[[nodiscard]] FormulaCouplings couplings_of(const Formula& formula);
/// A model with param C, k above sqrt(2n), and the clauses.
[[nodiscard]] Model model_of(const Formula& formula);

} // namespace limsym::satnet
