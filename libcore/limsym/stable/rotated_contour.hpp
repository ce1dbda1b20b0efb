// Density and tail of S_alpha(1) by Fourier's integral on a ray that turns with x: no trouble near alpha 1.
//
// With t = s e^(i theta): f(x) = 1/pi Re int e^(i theta) exp(i x t - t^alpha) ds, P(X > x) = 1/2 - theta/pi - 1/pi
// Im int exp(i x t - t^alpha) ds/s; trapezoid sums in u, s = s0 exp(u - e^-u), converge exponentially.
#pragma once

#include <vector>

namespace limsym::stable {

class RotatedContour {
public:
    /// @param damping d >= 0: the law of X + C for an independent Cauchy(d) number C, whose integrand has exp(-d t)
    /// more; with it to about 1e-14 absolutely for every alpha and x >= 0
    explicit RotatedContour(double alpha, double damping = 0.0);

    /// Relative error about 1e-15 max(1, x^alpha), for alpha <= 1.5 and x > 0 below a few.
    [[nodiscard]] double density(double x) const;
    [[nodiscard]] double upper_tail(double x) const;

private:
    struct Ray;
    [[nodiscard]] Ray ray(double x) const;

    double alpha_;
    double damping_;
    double step_;
    double largest_angle_;
    double largest_exponent_;    ///< nodes that decay more do not count
    std::vector<double> point_;  ///< exp(u - e^-u), ascending
    std::vector<double> power_;  ///< its power alpha
    std::vector<double> weight_; ///< 1 + e^-u
    std::size_t density_from_;   ///< the density needs no node before it
};

} // namespace limsym::stable
