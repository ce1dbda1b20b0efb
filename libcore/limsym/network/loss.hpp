// Losses of batches and their gradients in the outputs. Outputs are K x n, one column a sample; sums run in fixed
// order in double. A cotangent is given its shape; null: not wanted. T = double or float.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <span>

namespace limsym::network {

/// scale sum (f - y)^2; the cotangent is 2 scale (f - y). Half the sum: scale 1/2; the mean: 1 / (n K).
template <typename T>
double squared_error(const arma::Mat<T>& outputs, const arma::Mat<T>& targets, double scale, arma::Mat<T>* cotangent);

struct Classification {
    double loss = 0.0;       ///< scale sum of -ln softmax(f)_label
    std::size_t correct = 0; ///< samples whose largest output (the first of equals) is the label's
};
/// Softmax and cross-entropy; labels n numbers < K. The mean: scale 1 / n.
template <typename T>
Classification cross_entropy(const arma::Mat<T>& outputs, std::span<const std::uint32_t> labels, double scale,
                             arma::Mat<T>* cotangent);

/// scale sum over all outputs of ln(1 + exp(-y f)) for y = +1 or -1, stable for any f (softplus(-y f)).
template <typename T>
double logistic_loss(const arma::Mat<T>& outputs, const arma::Mat<T>& signs, double scale, arma::Mat<T>* cotangent);

} // namespace limsym::network
