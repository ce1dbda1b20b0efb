// Limits of sums of node variances: ID(a, rho) on [0, inf), Laplace exponent a t + int (1 - e^(-t x)) rho(dx).
//
// A term of a prior is a drift a and a measure rho given by functions; a sum adds both. Page 2.2 of mogp-sample: the
// table of families, every row of it checked in tests/mixture against finite widths (p P(lambda > x) -> rho(x, inf)).
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <vector>

#include "limsym/mixture/prior.hpp"

namespace limsym::mixture {

/// Limit of one family. Functions take x > 0 (density, tail, moment_below), g > 0 (inverse), t >= 0 (psi).
/// Where rho is infinite near 0 (infinite activity) its mass is infinity.
struct LevyMeasure {
    double drift = 0.0;                      ///< a
    double mass = 0.0;                       ///< rho(0, inf); 0: rho = 0
    bool atom = false;                       ///< rho has no density
    std::optional<double> tail_exponent;     ///< rho(x, inf) ~ c x^-tau at infinity; none: lighter, or rho = 0
    std::optional<double> small_exponent;    ///< rho(x, inf) ~ c x^-alpha at 0, 0: logarithmic; none: finite activity
    std::array<double, 2> moments{0.0, 0.0}; ///< M1, M2 = int x^k rho(dx); may be infinity
    double support_end = 0.0;                ///< rho lives on (0, support_end); infinity where unbounded
    std::function<double(double)> density;
    std::function<double(double)> tail;              ///< rho(x, inf)
    std::function<double(double)> psi;               ///< int (1 - e^(-t x)) rho(dx), without the drift
    std::function<double(int, double)> moment_below; ///< int_(0, x] y^k rho(dy), k = 1, 2
    /// inf {x : rho(x, inf) <= g} in closed form; empty: find_inverse searches.
    std::function<double(double)> closed_inverse;

    [[nodiscard]] bool has_jumps() const { return mass > 0.0; }
    [[nodiscard]] bool infinite_activity() const;
};

[[nodiscard]] LevyMeasure levy_measure(const Family& family);

/// inf {x : rho(x, inf) <= g}, relative error 1e-12; 0 when g >= mass or x is below the range of double. g > 0.
[[nodiscard]] double inverse_tail(const LevyMeasure& measure, double g);

/// The limit law of a prior: the sum of its terms.
struct LimitLaw {
    std::vector<LevyMeasure> terms;

    [[nodiscard]] double drift() const;
    [[nodiscard]] bool has_jumps() const;
    [[nodiscard]] bool infinite_activity() const;
    /// rho(0, inf); infinity
    [[nodiscard]] double mass() const;
    /// Smallest of the terms'.
    [[nodiscard]] std::optional<double> tail_exponent() const;
    /// Largest of the terms'.
    [[nodiscard]] std::optional<double> small_exponent() const;
    /// M_k, k = 1, 2
    [[nodiscard]] double moment(int k) const;
    [[nodiscard]] double moment_below(int k, double x) const;
    /// a + M1
    [[nodiscard]] double mean_sum() const { return drift() + moment(1); }
    /// None when a term has an atom.
    [[nodiscard]] std::optional<double> density(double x) const;
    [[nodiscard]] double tail(double x) const;
    [[nodiscard]] double inverse_tail(double g) const;
    /// Laplace exponent with the drift.
    [[nodiscard]] double psi(double t) const;
    /// a = 0 and rho != 0: pruning any fixed share of the nodes loses nothing.
    [[nodiscard]] bool compressible() const { return drift() == 0.0 && has_jumps(); }
};

[[nodiscard]] LimitLaw limit_law(const Prior& prior);

} // namespace limsym::mixture
