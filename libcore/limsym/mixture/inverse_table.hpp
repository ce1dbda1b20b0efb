// The inverse of a Lévy measure's tail, ready for many evaluations.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "limsym/mixture/levy_measure.hpp"

namespace limsym::mixture {

/// x = inf {x : rho(x, inf) <= g} for 0 < g <= largest: the closed form where there is one, else ln x as polynomials
/// of ln g on fixed panels (Chebyshev interpolation of inverse_tail), with inverse_tail below them. Relative error
/// 1e-11.
class InverseTable {
public:
    /// @param largest > 0
    InverseTable(LevyMeasure measure, double largest);

    [[nodiscard]] double operator()(double g) const;
    [[nodiscard]] const LevyMeasure& measure() const { return measure_; }

private:
    static constexpr std::size_t degree = 15;
    static constexpr double panel = 0.5;    ///< width in ln g
    static constexpr double first = 1e-3;   ///< g below which points are so rare that they are searched for
    static constexpr double least = 1e-290; ///< smallest x that the panels reach; below it x counts as 0

    LevyMeasure measure_;
    double low_ = 0.0;                 ///< ln g where the panels begin
    double high_ = 0.0;                ///< g where they end
    double zero_ = 0.0;                ///< rho(least, inf)
    std::vector<double> coefficients_; ///< of the powers of t in [-1, 1]: degree + 1 for each panel
};

} // namespace limsym::mixture
