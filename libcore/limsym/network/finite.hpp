// Finite random networks, forward: what the kernels are limits of.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>

#include "limsym/base/random.hpp"
#include "limsym/network/network.hpp"

namespace limsym::network {

/// Outputs at the rows of X (n x d) of one network drawn from its prior: hidden layers of `width` units unless the
/// description says otherwise, `outputs` readout units, the readout's sigma_w multiplied by `readout_scale`.
/// Covers dense, activation, layer_norm, dropout, residual, repeat. @throws InputError for other layers, by name
/// @returns n x outputs
[[nodiscard]] arma::mat random_forward(const Network& network, const arma::mat& x, std::size_t width,
                                       std::size_t outputs, double readout_scale, base::RandomStream& stream);

/// Bytes that random_forward holds at its peak: the largest weight matrix, and the states of a few layers.
[[nodiscard]] std::uint64_t random_forward_bytes(const Network& network, std::uint64_t rows, std::uint64_t features,
                                                 std::uint64_t width);

} // namespace limsym::network
