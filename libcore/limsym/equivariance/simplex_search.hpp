// The downhill simplex of Nelder and Mead (1965), for a handful of coordinates and functions without gradients.
#pragma once

#include <armadillo>
#include <cstddef>
#include <functional>

namespace limsym::equivariance {

struct SimplexMinimum {
    arma::vec x;
    double value = 0.0;
};
/// From `start` with edges of length `edge`, at most `steps` steps; ends when the values of the simplex agree to 1e-10.
[[nodiscard]] SimplexMinimum minimise_simplex(const std::function<double(const arma::vec&)>& f, const arma::vec& start,
                                              double edge, std::size_t steps);

} // namespace limsym::equivariance
