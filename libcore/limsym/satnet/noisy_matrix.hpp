// Random matrices with a known symmetry, disturbed: what the search for symmetries is measured on.
#pragma once

#include <armadillo>

#include "limsym/base/random.hpp"
#include "limsym/symmetry/partition.hpp"

namespace limsym::satnet {

struct NoisyMatrix {
    arma::mat matrix;
    symmetry::PairPartition partition; ///< the symmetric orbitals, as they lie in the matrix
};

/// A standard normal value for every class of a symmetric partition, plus noise U[0, 1) for every pair i <= j (the
/// matrix stays symmetric); with `shuffle` rows and columns are permuted together.
[[nodiscard]] NoisyMatrix noisy_matrix(const symmetry::PairPartition& partition, double noise, bool shuffle,
                                       base::RandomStream stream);

} // namespace limsym::satnet
