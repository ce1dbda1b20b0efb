// Points on unit spheres.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>

namespace limsym::numerics {

/// n points that cover the unit 3-sphere in R^4 evenly: the super-Fibonacci spiral (Alexa, "Super-Fibonacci Spirals:
/// Fast, Low-Discrepancy Sampling of SO(3)", CVPR 2022). One point a row.
[[nodiscard]] arma::mat sphere_cover(std::size_t n);

/// n uniform points of the unit sphere in R^dimension, one a row; row i depends on (seed, i) alone.
[[nodiscard]] arma::mat random_sphere_points(std::size_t n, std::size_t dimension, std::uint64_t seed);

} // namespace limsym::numerics
