#include "limsym/symmetry/equivariant_matrix.hpp"

#include <cmath>

namespace limsym::symmetry {

arma::vec class_means(const arma::mat& matrix, const PairPartition& partition) {
    const std::size_t n = partition.degree;
    arma::vec means(partition.count(), arma::fill::zeros);
    arma::vec of_row(partition.count(), arma::fill::zeros); // rows are added apart: sums of n numbers, then of n sums
    std::vector<std::uint32_t> touched;
    std::vector<bool> in_row(partition.count());
    for (std::size_t i = 0; i < n; ++i) {
        touched.clear();
        for (std::size_t j = 0; j < n; ++j) {
            const std::uint32_t label = partition.label(i, j);
            if (!in_row[label]) {
                in_row[label] = true;
                touched.push_back(label);
            }
            of_row[label] += matrix(i, j);
        }
        for (const std::uint32_t label : touched) {
            means[label] += of_row[label];
            of_row[label] = 0;
            in_row[label] = false;
        }
    }
    for (std::size_t label = 0; label < partition.count(); ++label)
        means[label] /= static_cast<double>(partition.sizes[label]);
    return means;
}

arma::mat expanded(const arma::vec& values, const PairPartition& partition) {
    const std::size_t n = partition.degree;
    arma::mat matrix(n, n, arma::fill::none);
    for (std::size_t j = 0; j < n; ++j)
        for (std::size_t i = 0; i < n; ++i)
            matrix(i, j) = values[partition.label(i, j)];
    return matrix;
}

double relative_residual(const arma::mat& matrix, const arma::vec& means, const PairPartition& partition) {
    const double scale = arma::abs(matrix).max();
    if (scale == 0) return 0;
    double squares = 0;
    double departures = 0;
    for (std::size_t j = 0; j < partition.degree; ++j)
        for (std::size_t i = 0; i < partition.degree; ++i) {
            const double value = matrix(i, j) / scale;
            const double departure = value - means[partition.label(i, j)] / scale;
            squares += value * value;
            departures += departure * departure;
        }
    return std::sqrt(departures / squares);
}

} // namespace limsym::symmetry
