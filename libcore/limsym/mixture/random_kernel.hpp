// The random kernels of networks with node variances: the limit of infinite width, and exact finite widths.
//
// Given the kernel K of a layer's nodes (n x n, n inputs), the next one is
//     K' = sigma_b^2 + sigma_w^2 (a E[phi phi'](K) + sum_j lambda_j phi(zeta_j) phi(zeta_j)^T),  zeta_j iid N(0, K),
// over the points lambda_j of the layer's Lévy measure; at finite width a = 0 and the lambda_j are the p node
// variances: given them the next layer's nodes are exactly N(0, K').
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "limsym/mixture/architecture.hpp"
#include "limsym/mixture/points.hpp"

namespace limsym::mixture {

/// phi over a block of numbers, in place.
using BlockFunction = std::function<void(double* values, std::size_t count)>;
[[nodiscard]] BlockFunction block_function(const network::Activation& activation);

/// E[phi(u) phi(v)] for every pair of nodes of N(0, K); lower triangle read, both filled.
[[nodiscard]] arma::mat dual_kernel(const network::Activation& activation, const arma::mat& k);

/// One step of the recursion, without randomness.
struct KernelStep {
    network::Activation activation;
    double sigma_w = 1.0;
    double sigma_b = 0.0;
    double drift = 0.0; ///< a
};
/// @param points lambda_j >= 0 @param zeta n x J, node j's values in column j
[[nodiscard]] arma::mat apply_step(const KernelStep& step, const arma::mat& k, const std::vector<double>& points,
                                   const arma::mat& zeta);

/// K^1 = sigma_b^2 + sigma_w^2 x.x'/d (or x.x').
[[nodiscard]] arma::mat first_kernel(const Architecture& architecture, const arma::mat& x);

/// How a network's layers are drawn.
struct DrawOptions {
    std::optional<std::size_t> width; ///< finite networks; else the limit
    double tail = 200.0;              ///< arrivals kept of each term
    std::optional<double> tolerance;  ///< in place of tail: of the residual sd, layer by layer
    bool residual_mean = true;        ///< the mean of what truncation leaves out is added to a
};

/// Draws kernels of one architecture at fixed inputs. Draw i depends on (seed, i) alone.
class RandomKernel {
public:
    /// @param x n x d
    /// @throws InputError (c > width), WorkError (too many points)
    RandomKernel(const Architecture& architecture, const arma::mat& x, const DrawOptions& options, std::uint64_t seed);
    ~RandomKernel();
    RandomKernel(RandomKernel&&) noexcept;

    [[nodiscard]] std::size_t layers() const; ///< hidden layers L; kernels are numbered 1 ... L + 1
    /// K^layer of a draw. @throws WorkError when it leaves the range of double
    [[nodiscard]] arma::mat draw(std::uint64_t draw, std::size_t layer) const;
    /// Outputs of a draw: n x outputs, iid N(0, K^{L+1}) columns from the stream (seed, "outputs", draw).
    [[nodiscard]] arma::mat outputs(std::uint64_t draw, std::size_t outputs) const;
    /// Bytes that a draw holds.
    [[nodiscard]] std::uint64_t bytes() const;

private:
    struct Parts;
    std::unique_ptr<const Parts> parts_;
};

} // namespace limsym::mixture
