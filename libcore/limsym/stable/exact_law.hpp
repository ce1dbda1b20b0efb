// S_alpha(1) to about thirteen digits, point by point, for one alpha: what tables are made from and checked against.
#pragma once

#include <optional>

#include "limsym/stable/positive_integral.hpp"
#include "limsym/stable/power_series.hpp"
#include "limsym/stable/rotated_contour.hpp"

namespace limsym::stable {

/// Every argument x is a distance from the median, x >= 0. Relative errors: below 1e-12, for alpha in [1.95, 2) below
/// 1e-11 (tests/data/stable-laws.csv; mostly 1e-14). Results below the range of double are 0.
class ExactLaw {
public:
    /// smallest_alpha <= alpha <= 2
    explicit ExactLaw(double alpha);

    [[nodiscard]] double alpha() const { return alpha_; }
    [[nodiscard]] double density(double x) const;
    /// Never minus infinity.
    [[nodiscard]] double log_density(double x) const;
    /// P(X > x)
    [[nodiscard]] double upper_tail(double x) const;
    [[nodiscard]] double log_upper_tail(double x) const;
    /// P(0 < X < x) = 1/2 - P(X > x), accurate near 0.
    [[nodiscard]] double central(double x) const;
    /// The x with P(X > x) = p, 0 < p <= 1/2; +infinity beyond double.
    [[nodiscard]] double upper_quantile(double p) const;
    /// Its logarithm, also beyond double.
    [[nodiscard]] double log_upper_quantile(double p) const;
    /// The x with P(0 < X < x) = c, 0 <= c < 1/2.
    [[nodiscard]] double central_quantile(double c) const;

    /// Where the density has its bend: f(x) = f(0) (1 - (x/width)^2 + ...).
    [[nodiscard]] double width() const { return width_; }
    [[nodiscard]] double peak() const { return peak_; }
    /// From here on the tail series holds; +infinity at alpha 2.
    [[nodiscard]] double tail_from() const { return tail_.from(); }
    [[nodiscard]] const TailSeries& tail() const { return tail_; }

private:
    [[nodiscard]] bool closed_form() const { return alpha_ == 1.0 || alpha_ == 2.0; }

    double alpha_;
    double peak_;
    double width_;
    TailSeries tail_;
    CentralSeries centre_;
    std::optional<RotatedContour> contour_;    ///< between the series, alpha < positive_from
    std::optional<PositiveIntegral> positive_; ///< between the series, above
};

} // namespace limsym::stable
