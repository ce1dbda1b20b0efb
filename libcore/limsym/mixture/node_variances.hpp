// Node variances of finite layers, drawn in bulk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "limsym/mixture/prior.hpp"

namespace limsym::mixture {

/// Variances lambda_{p,1}, lambda_{p,2}, ... of nodes of a hidden layer of width p. Term k of the prior draws from the
/// stream (seed, "node variances LAYER.k", draw).
/// @param count of nodes, at most `width` @param layer 1-based number of the hidden layer
/// @param out `count` numbers; underflow to 0 is exact in law to 1e-300
void draw_node_variances(const Prior& prior, std::size_t width, std::size_t count, std::uint64_t seed,
                         std::size_t layer, std::uint64_t draw, double* out);

} // namespace limsym::mixture
