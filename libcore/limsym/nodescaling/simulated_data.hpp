// The simulated regression of the paper: points uniform on the unit sphere, y = mean_k 5 sin(pi x_k) + noise.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace limsym::nodescaling {

/// n x (d + 1): x_1 ... x_d, y. Row i comes from the stream (seed, purpose, i) alone.
/// @param noise standard deviation, >= 0
[[nodiscard]] arma::mat simulated_data(std::size_t n, std::size_t d, double noise, std::uint64_t seed,
                                       std::string_view purpose);

} // namespace limsym::nodescaling
