// How far finite Jacobian NTKs at the start of training are from a limit, by width.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/base/shard.hpp"
#include "limsym/network/network.hpp"

namespace limsym::network {

/// Of a matrix to its limit.
struct KernelDistance {
    double max_abs = 0.0; ///< largest |T - Theta|
    double rel_max = 0.0; ///< over the largest |Theta|
    double rel_fro = 0.0; ///< |T - Theta|_F / |Theta|_F
};
/// @param limit not 0, of the same shape
[[nodiscard]] KernelDistance kernel_distance(const arma::mat& kernel, const arma::mat& limit);

/// Networks of every width, in the given order, `repeats` of each: item w repeats + r is network r of width w, whose
/// parameters are nested_parameters(shape, seed, r).
struct WidthSweep {
    std::vector<std::size_t> widths;
    std::size_t repeats = 1;
    std::uint64_t seed = 0;

    [[nodiscard]] std::size_t items() const { return widths.size() * repeats; }
};

struct WidthRow {
    std::size_t width = 0;
    std::size_t repeat = 0;
    KernelDistance distance;
};

/// The rows of a shard (modulo), in the order of the items. @param x d x n, one column a sample
/// @param limit of the Jacobian NTK at these points, n(d+1) square, without output scale
/// @throws WorkError when a kernel leaves the range of doubles
[[nodiscard]] std::vector<WidthRow> sweep_widths(const Network& network, const arma::mat& x, const arma::mat& limit,
                                                 const WidthSweep& sweep, const base::Shard& shard,
                                                 const base::Monitor& monitor);

/// The mean relative distance of one width and its 95 % percentile bootstrap interval (1000 resamples).
struct WidthSummary {
    std::size_t width = 0;
    std::size_t repeats = 0;
    double rel_max_mean = 0.0;
    double rel_max_low = 0.0;
    double rel_max_high = 0.0;
};
/// @param rows of all items, in their order
[[nodiscard]] std::vector<WidthSummary> summarise(const WidthSweep& sweep, const std::vector<WidthRow>& rows);

} // namespace limsym::network
