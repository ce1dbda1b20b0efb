// The tangent kernel of a network between all rows and outputs: as a matrix, and as a product that never forms it.
#pragma once

#include <armadillo>
#include <cstddef>

#include "limsym/nodescaling/shallow_network.hpp"

namespace limsym::nodescaling {

/// (n K) x (n K): Theta_{(i,k),(i',k')} = (x_i . x_i' / d) sum_j lambda_j a_jk a_jk' phi'_j(x_i) phi'_j(x_i'); row i of
/// output k stands at i + k n.
[[nodiscard]] arma::mat output_tangent_gram(const ShallowNetwork& network, const arma::mat& x);

/// That matrix times v (n x K), by 6 n d m operations and no n x n matrix.
[[nodiscard]] arma::mat tangent_product(const ShallowNetwork& network, const arma::mat& x, const arma::mat& v);

/// Its largest eigenvalue by at most `steps` Lanczos steps (exact once there are n K of them).
[[nodiscard]] double largest_tangent_eigenvalue(const ShallowNetwork& network, const arma::mat& x,
                                                std::size_t steps = 40);

} // namespace limsym::nodescaling
