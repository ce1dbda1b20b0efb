// What trained node variances say about the nodes: which can be pruned, and what the most important ones look at.
#pragma once

#include <cstddef>
#include <vector>

#include "limsym/mixture/labelled_data.hpp"
#include "limsym/mixture/map_model.hpp"

namespace limsym::mixture {

/// By what nodes of hidden layer l (0-based) are ranked: lambda_j, or lambda_j |W_.j|^2 (the weights that leave the
/// node) where the prior is constant.
[[nodiscard]] std::vector<double> node_scores(const MapModel& model, std::size_t layer);

/// keep[l][j]: does node j of hidden layer l stay?
using KeptNodes = std::vector<std::vector<bool>>;
/// Without the floor(kappa p) nodes of smallest score in each layer (of equals, those of lower index go first).
[[nodiscard]] KeptNodes keep_largest(const MapModel& model, double kappa);
/// Without the nodes of score <= eps.
[[nodiscard]] KeptNodes keep_above(const MapModel& model, double eps);
[[nodiscard]] std::size_t count(const KeptNodes& kept);

/// Cross-entropy and accuracy of the network without the other nodes.
[[nodiscard]] Score evaluate(const MapModel& model, const KeptNodes& kept, const LabelledData& data);
/// The smaller network: columns of the nodes, and rows of the layer before, are gone.
/// @throws WorkError when a hidden layer keeps no node
[[nodiscard]] MapModel without_pruned(const MapModel& model, const KeptNodes& kept);

/// The rows that excite a node most.
struct NodeFeature {
    std::size_t node;
    double variance;               ///< lambda
    std::vector<std::size_t> rows; ///< by falling pre-activation; of equals the lower row first
    std::vector<double> values;    ///< pre-activations
};
/// The `top` nodes of hidden layer l (0-based) of largest score, each with `per` rows.
[[nodiscard]] std::vector<NodeFeature> node_features(const MapModel& model, std::size_t layer, std::size_t top,
                                                     std::size_t per, const LabelledData& data);
/// Rows that occur at least once.
[[nodiscard]] std::size_t distinct_rows(const std::vector<NodeFeature>& features);

} // namespace limsym::mixture
