// Density and tail of S_alpha(1) for alpha > 1 by Zolotarev's integral, whose integrand is positive: no cancellation.
//
// With V(theta) = (cos theta/sin(alpha theta))^c cos((alpha-1) theta)/cos theta, c = alpha/(alpha-1), X = x^c:
// P(X > x) = 1/pi int_0^(pi/2) exp(-V X) d theta, f(x) = c/(pi x) int V X exp(-V X) d theta; tanh-sinh in theta.
// V. M. Zolotarev, One-dimensional Stable Distributions, 1986, section 2.2.
#pragma once

#include <cstddef>
#include <vector>

namespace limsym::stable {

class PositiveIntegral {
public:
    /// 1.2 < alpha < 2 (nearer to 1 the powers leave the range of double)
    explicit PositiveIntegral(double alpha);

    [[nodiscard]] double density(double x) const;
    [[nodiscard]] double upper_tail(double x) const;

private:
    [[nodiscard]] std::size_t first_node(double power) const;
    /// sum of weight(i) exp(-V_i power) over the nodes
    template <typename Weight>
    [[nodiscard]] double sum(double power, const Weight& weight) const;

    double exponent_;            ///< c
    std::vector<double> value_;  ///< V at the nodes
    std::vector<double> weight_; ///< of theta, over pi
};

} // namespace limsym::stable
