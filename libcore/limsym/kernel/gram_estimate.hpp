// How long a Gram matrix will take, by doing a small part of it.
#pragma once

#include <armadillo>

#include "limsym/kernel/gram.hpp"

namespace limsym::kernel {

/// Seconds for K(X, X) of all rows of `x` (x2 null), or K(X, X2), with the threads allowed: measured on the leading
/// rows by one thread for about a tenth of a second, and scaled by the number of pairs. A figure of this machine at
/// this moment; neither reading the inputs nor writing the result is in it.
[[nodiscard]] double estimate_gram_seconds(const network::Network& network, const arma::mat& x, const arma::mat* x2,
                                           const GramOptions& options, bool single_precision);

} // namespace limsym::kernel
