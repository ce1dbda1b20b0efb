// Symmetric operators that are known by their products alone: linear systems, functions of them, extreme eigenvalues.
#pragma once

#include <armadillo>
#include <cstddef>
#include <functional>

#include "limsym/base/monitor.hpp"

namespace limsym::numerics {

/// out = A v for a symmetric A; out is not v.
using SymmetricOperator = std::function<void(const arma::vec& v, arma::vec& out)>;

struct IterativeSolution {
    arma::vec x;
    std::size_t iterations = 0;
    double residual = 0.0; ///< |b - A x| / |b| as the recurrence has it
    bool converged = false;
};

/// A x = b for positive definite A by preconditioned conjugate gradients from x = 0.
/// @param precondition out = M^-1 v with M symmetric positive definite, near A; empty: none
[[nodiscard]] IterativeSolution conjugate_gradients(const SymmetricOperator& a, const SymmetricOperator& precondition,
                                                    const arma::vec& b, double tolerance, std::size_t most_iterations,
                                                    const base::Monitor& monitor = {});

/// f(A) b by Lanczos with full reorthogonalisation: |b| V f(T) e_1, until it changes by less than `tolerance`
/// relative. Holds most_iterations vectors at most.
[[nodiscard]] IterativeSolution operator_function(const SymmetricOperator& a, const arma::vec& b,
                                                  const std::function<double(double eigenvalue)>& f, double tolerance,
                                                  std::size_t most_iterations, const base::Monitor& monitor = {});

/// Extreme eigenvalues by Lanczos; each residual |A v - value v| bounds the distance to an eigenvalue.
struct ExtremeEigenvalues {
    arma::vec largest; ///< ascending
    double smallest = 0.0;
    double largest_residual = 0.0; ///< the worst of `largest`
    double smallest_residual = 0.0;
    std::size_t iterations = 0;
};
/// @param count how many of the largest @param tolerance of the residuals, relative to the largest eigenvalue
[[nodiscard]] ExtremeEigenvalues extreme_eigenvalues(const SymmetricOperator& a, std::size_t size, std::size_t count,
                                                     double tolerance, std::size_t most_iterations,
                                                     const base::Monitor& monitor = {});

} // namespace limsym::numerics
