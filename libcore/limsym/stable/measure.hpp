// Limits at several inputs x_1..x_k: node vectors are i.i.d. symmetric stable with characteristic function
// exp(-psi(t)), psi(t) = sum_m |<t, v_m>|^alpha, the atoms v_m of a discrete spectral measure that is not normalised.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>

#include "limsym/base/monitor.hpp"
#include "limsym/stable/heavy_network.hpp"
#include "limsym/stable/weights.hpp"

namespace limsym::stable {

struct SpectralMeasure {
    double alpha = 2.0;
    arma::mat atoms; ///< k x atoms; no zero columns
};

/// psi at the columns of t (k x points).
[[nodiscard]] arma::vec exponent(const SpectralMeasure& measure, const arma::mat& t);

/// Layer 1 at the rows of x: one atom a feature and one for the bias, zero ones dropped, parallel ones merged.
/// @throws InputError unless the layer's weights are stable or Gaussian
[[nodiscard]] SpectralMeasure input_measure(const HeavyNetwork& network, const arma::mat& x);

/// Layer l (0-based, >= 1) from `particles` (k x M) of the layer before: atoms M^(-1/alpha) sigma_w phi(z_m), and the
/// bias.
[[nodiscard]] SpectralMeasure next_measure(const HeavyNetwork& network, std::size_t layer, arma::mat particles);

/// Vectors of a block, which has a stream of its own.
inline constexpr std::size_t vectors_of_stream = 16;

/// `count` independent vectors of the law, k x count: block b has the stream of index stream.index + b. A vector
/// depends on the stream and its place in the block alone.
[[nodiscard]] arma::mat draw(const SpectralMeasure& measure, const StreamName& stream, std::size_t count,
                             const base::Monitor& monitor = {});

struct PopulationOptions {
    std::size_t particles = 4096;
    std::uint64_t seed = 0;
    std::uint64_t replicate = 0;
};
/// The last layer's measure by a population of particles: layer after layer, M draws of the layer before give M atoms.
/// It is the law of an exactly stable network of width M, given its hidden layers.
/// @throws WorkError when a layer is critical or super-linear
[[nodiscard]] SpectralMeasure population_measure(const HeavyNetwork& network, const arma::mat& x,
                                                 const PopulationOptions& options, const base::Monitor& monitor = {});
/// Random numbers that population_measure makes.
[[nodiscard]] double population_cost(const HeavyNetwork& network, const arma::mat& x, std::size_t particles);

/// @throws WorkError naming the first layer whose sum has no limit under a_n: critical or super-linear
void require_regular(const HeavyNetwork& network);

} // namespace limsym::stable
