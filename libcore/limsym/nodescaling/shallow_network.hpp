// Shallow networks whose hidden nodes have fixed scales:
//
//     f_k(x) = sum_j sqrt(lambda_j) a_jk phi(z_j(x)),   z_j(x) = w_j . x / sqrt(d),   j < m
//
// with signs a_jk = +1 or -1 that stay, and weights w_j that are trained from N(0, sigma_w^2 I). No biases.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "limsym/data/standardisation.hpp"
#include "limsym/nodescaling/node_activation.hpp"
#include "limsym/nodescaling/scales.hpp"

namespace limsym::nodescaling {

/// Units of the table that a network was trained on.
struct Units {
    data::Standardisation x;
    std::optional<data::Standardisation> y;
};

struct ShallowNetwork {
    NodeActivation activation;
    double sigma_w = 1.4142135623730951;
    arma::mat w;                 ///< d x m, one column a node
    arma::mat signs;             ///< m x K, +1 or -1
    arma::vec lambda;            ///< m scales >= 0
    std::optional<ScaleLaw> law; ///< describes lambda; absent when they came from a file
    std::optional<Units> units;

    [[nodiscard]] std::size_t inputs() const { return w.n_rows; }
    [[nodiscard]] std::size_t nodes() const { return w.n_cols; }
    [[nodiscard]] std::size_t outputs() const { return signs.n_cols; }
    /// m x K: sqrt(lambda_j) a_jk.
    [[nodiscard]] arma::mat readout() const;
    /// The inputs as the network sees them (standardised where it has units).
    [[nodiscard]] arma::mat working_x(const arma::mat& x) const;
    [[nodiscard]] arma::mat working_y(const arma::mat& y) const;
};

/// w_jc from the stream (seed, "node weights", j), a_jk from (seed, "node signs", j): a narrower network is the
/// beginning of a wider one.
void draw_weights(ShallowNetwork& network, std::size_t inputs, std::size_t outputs, std::uint64_t seed);

/// n x m: z_j(x_i). @param x n x d, already in the network's units
[[nodiscard]] arma::mat preactivations(const ShallowNetwork& network, const arma::mat& x);
/// n x K: f_k(x_i), in the network's units.
[[nodiscard]] arma::mat outputs(const ShallowNetwork& network, const arma::mat& x);
/// n x K: outputs at rows of a table in the table's units.
[[nodiscard]] arma::mat predict(const ShallowNetwork& network, const arma::mat& x);

/// Nodes from the most important (largest scale) down; of equals the lower first.
[[nodiscard]] std::vector<std::size_t> nodes_by_scale(const arma::vec& lambda);
/// sqrt(lambda_j) phi(z_j) of the first `count` nodes of `order`, n x count.
[[nodiscard]] arma::mat node_features(const ShallowNetwork& network, const arma::mat& x,
                                      const std::vector<std::size_t>& order, std::size_t count);
/// The network of these nodes alone, in this order.
[[nodiscard]] ShallowNetwork with_nodes(const ShallowNetwork& network, const std::vector<std::size_t>& nodes);

} // namespace limsym::nodescaling
