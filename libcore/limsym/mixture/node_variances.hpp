// Node variances of finite layers, drawn in bulk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "limsym/mixture/prior.hpp"

namespace limsym::mixture {

/// The variances lambda_{p,1} ... lambda_{p,p} of a hidden layer. Term k of the prior draws from the stream
/// (seed, "node variances LAYER.k", draw).
/// @param layer 1-based number of the hidden layer @param out `width` numbers; underflow to 0 is exact in law to 1e-300
void draw_node_variances(const Prior& prior, std::size_t width, std::uint64_t seed, std::size_t layer,
                         std::uint64_t draw, double* out);

} // namespace limsym::mixture
