// One input and ReLU activations, where the random kernel factorises: K^{l+1} = sigma_b^2 + sigma_w^2 K^l S^l with
// independent S = a/2 + sum_j lambda_j relu(eps_j)^2 over the points lambda_j of the layer's measure.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "limsym/mixture/levy_measure.hpp"

namespace limsym::mixture {

/// -ln E exp(-t S) = a t / 2 + (1/2) E psi(t N^2), N standard normal, t >= 0.
[[nodiscard]] double relu_exponent(const LimitLaw& law, double t);

/// E exp(i u Z) of an output of a net with one hidden ReLU layer and no bias in the readout.
/// @param scale sigma_w^2 K^1 >= 0
[[nodiscard]] double shallow_characteristic_function(const LimitLaw& law, double u, double scale);

/// E relu(N)^p = 2^(p/2) Gamma((p+1)/2) / (2 sqrt(pi)), p > -1.
[[nodiscard]] double relu_moment(double p);

/// A hidden ReLU layer and the dense layer that it feeds.
struct ReluLayer {
    LimitLaw law;
    double sigma_w = 1.0;
    double sigma_b = 0.0;
};

/// Moments of the last kernel value K = K^{L+1} at one input and of an output Z ~ N(0, K). Those that do not exist are
/// absent; one beyond the range of double is infinity.
struct KernelMoments {
    std::optional<double> mean;
    std::optional<double> variance;
    std::optional<double> kurtosis;      ///< of Z: 3 (1 + Var K / (E K)^2)
    std::optional<double> corr_squares;  ///< Corr(Z_1^2, Z_2^2) = Var K / (3 Var K + 2 (E K)^2); none where K = 0
    std::optional<double> tail_exponent; ///< of Z: twice the smallest of the layers'
};
/// @param first K^1 >= 0 @param layers the hidden layers, in order
[[nodiscard]] KernelMoments kernel_moments(double first, const std::vector<ReluLayer>& layers);

} // namespace limsym::mixture
