#include "limsym/satnet/noisy_matrix.hpp"

#include "limsym/numerics/variates.hpp"
#include "limsym/symmetry/equivariant_matrix.hpp"

namespace limsym::satnet {

NoisyMatrix noisy_matrix(const symmetry::PairPartition& partition, double noise, bool shuffle,
                         base::RandomStream stream) {
    arma::vec values(partition.count());
    numerics::fill_normal(stream, values.memptr(), values.n_elem);
    NoisyMatrix result{{}, partition};
    if (shuffle) {
        symmetry::Permutation point_of = symmetry::identity_permutation(partition.degree);
        for (std::size_t i = point_of.size(); i > 1; --i)
            std::swap(point_of[i - 1], point_of[stream.below(i)]);
        const arma::mat ordered = symmetry::expanded(values, partition);
        const arma::uvec rows = arma::conv_to<arma::uvec>::from(point_of);
        result.matrix = ordered(rows, rows);
        result.partition = symmetry::relabelled(partition, point_of);
    } else {
        result.matrix = symmetry::expanded(values, partition);
    }
    for (std::size_t i = 0; i < partition.degree; ++i)
        for (std::size_t j = i; j < partition.degree; ++j) {
            result.matrix(i, j) += noise * stream.uniform();
            result.matrix(j, i) = result.matrix(i, j);
        }
    return result;
}

} // namespace limsym::satnet
