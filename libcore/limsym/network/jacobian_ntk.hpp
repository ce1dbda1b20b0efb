// The Jacobian NTK of a finite network, exactly, by matrix products alone (Kim and Yang, ICML 2024).
//
// With F(x; theta) = scale f(x; theta) the scalar output and z_0 = F, z_a = dF/dx_a (a = 1..d), the kernel is
//     T_ab(x, x') = <grad_theta z_a(x), grad_theta z_b(x')>.
// The gradient of F in the weights of a layer is weight_scale delta h', delta = dF/du of the layer's outputs and h its
// inputs; that of z_a is the product rule's, with the tangents delta_a = d delta/dx_a and h_a. So, with the Gram
// matrices B_ab = <delta_a, delta'_b> and H_ab = weight_scale^2 <h_a, h'_b> + bias_scale^2 [a = b = 0],
//     T_00 = B_00 H_00                 T_a0 = B_a0 H_00 + B_00 H_a0         T_0b = B_0b H_00 + B_00 H_0b
//     T_ab = B_ab H_00 + B_a0 H_0b + B_0b H_a0 + B_00 H_ab
// summed over the layers: two Gram matrices of n(d+1) vectors a layer, nothing of the size of the parameters.
#pragma once

#include <armadillo>
#include <cstdint>
#include <span>

#include "limsym/base/monitor.hpp"
#include "limsym/network/multilayer_perceptron.hpp"

namespace limsym::network {

/// F and its gradient in the inputs.
struct ValuesAndJacobian {
    arma::vec value;    ///< n
    arma::mat jacobian; ///< d x n, ONE COLUMN A SAMPLE
};

/// @param x d x n, one column a sample; the network has one output, output_scale multiplies it
[[nodiscard]] ValuesAndJacobian values_and_jacobian(const MultilayerPerceptron& shape,
                                                    std::span<const double> parameters, const arma::mat& x,
                                                    double output_scale = 1.0);

/// The symmetric n(d+1) x n(d+1) matrix T, point-major: row i(d+1) + a. Activations must be twice differentiable; the
/// network has no node variances. The same bits for any number of threads.
/// @param x d x n, one column a sample
[[nodiscard]] arma::mat jacobian_ntk(const MultilayerPerceptron& shape, std::span<const double> parameters,
                                     const arma::mat& x, double output_scale = 1.0, const base::Monitor& monitor = {});

/// Bytes that jacobian_ntk needs for n points, the result included.
[[nodiscard]] std::uint64_t jacobian_ntk_bytes(const MultilayerPerceptron& shape, std::uint64_t points);

} // namespace limsym::network
