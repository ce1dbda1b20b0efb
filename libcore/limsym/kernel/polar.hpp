// E f(u) g(v) for jointly normal (u, v) by quadrature in polar coordinates, where f and g are smooth but for kinks.
#pragma once

#include <armadillo>
#include <cstddef>
#include <functional>
#include <vector>

#include "limsym/network/activation.hpp"

namespace limsym::kernel {

struct PolarValue {
    double value;
    double error; ///< difference to a rule of half as many nodes
};

/// u = sqrt(q1) r cos t, v = sqrt(q2) r cos(t - theta), weight r exp(-r^2/2)/(2 pi); angles are split where u or v is 0
/// and where kinks of u and v coincide, radii at the kinks. Gauss-Legendre panels, refined until the error is within
/// tolerance max(1, |value|) or the finest rule (384 x 960 nodes a sector) is reached.
/// @param c in [-sqrt(q1 q2), sqrt(q1 q2)]; q1, q2 >= 0
[[nodiscard]] PolarValue polar_expectation(const std::function<double(double)>& f,
                                           const std::function<double(double)>& g, const std::vector<double>& kinks,
                                           double q1, double q2, double c, double tolerance);

/// E phi(u) phi(v) and E phi'(u) phi'(v) at correlation cos(theta), by the rule of 24 level angles and 60 level radii a
/// sector.
struct PolarPair {
    double value;
    double derivative;
};
[[nodiscard]] PolarPair polar_pair(const network::ScalarFunction& function, const std::vector<double>& kinks, double q1,
                                   double q2, double theta, std::size_t level);

/// The same for all pairs of variances, phi smooth but for a kink at 0: the functions are evaluated once a variance.
struct PolarTable {
    arma::mat value; ///< variances x variances
    arma::mat derivative;
};
[[nodiscard]] PolarTable polar_table(const network::ScalarFunction& function, const std::vector<double>& variances,
                                     double theta, std::size_t level);

} // namespace limsym::kernel
