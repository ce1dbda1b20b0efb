// Integrals over x > 0 against the density f of S_alpha(1).
#pragma once

#include <functional>
#include <vector>

#include "limsym/stable/exact_law.hpp"

namespace limsym::stable {

/// |L(x)|^p on x > 0, of a function whose behaviour at infinity is known.
struct PowerIntegrand {
    std::function<double(double)> function; ///< L
    double power = 1.0;                     ///< p > 0
    std::vector<double> kinks;              ///< where L is not smooth; those <= 0 are ignored
    double growth = 0.0;                    ///< q: L(x) ~ coefficient x^q
    double coefficient = 0.0;
};

/// Quadrature nodes laid once for one alpha: panels of log x, in which both f and what is integrated are smooth. Zeros
/// of L are found, and panels that hold one or a kink are cut there and integrated by a rule for end-point
/// singularities.
class HalfLine {
public:
    /// @param farthest L may vary up to x of this order (>= 1 has an effect)
    explicit HalfLine(double alpha, double farthest = 1.0);

    /// int_0^infinity |L(x)|^p f(x) dx to 1e-10 or better, relative to the integral of |L|^p + |coefficient x^q|^p;
    /// q p < alpha, or alpha = 2.
    [[nodiscard]] double expected_power(const PowerIntegrand& integrand) const;

private:
    struct Panel {
        double begin; ///< of log x
        double end;
        std::size_t first_node;
    };
    ExactLaw law_;
    std::vector<Panel> panels_;
    std::vector<double> x_;
    std::vector<double> weight_; ///< with f(x) x
    double beyond_ = 0.0;        ///< P(X > the last x)
};

/// int_0^infinity |sin(frequency x + phase)|^p f(x) dx, frequency > 0.
[[nodiscard]] double expected_sine_power(double alpha, double frequency, double phase, double p);

} // namespace limsym::stable
