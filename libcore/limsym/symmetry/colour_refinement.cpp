#include "limsym/symmetry/colour_refinement.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"

namespace limsym::symmetry {

namespace {

/// Distinct values on one side of the diagonal, or on it, ascending.
std::vector<double> sorted_values(const arma::mat& matrix, bool diagonal) {
    std::vector<double> values;
    for (arma::uword j = 0; j < matrix.n_cols; ++j) {
        if (diagonal) values.push_back(matrix(j, j));
        for (arma::uword i = 0; !diagonal && i < j; ++i)
            values.push_back(matrix(i, j));
    }
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
}

/// Number of the class of a value: classes begin where the gap before is larger than the tolerance.
class Classes {
public:
    Classes(const std::vector<double>& values, double tolerance) {
        for (std::size_t k = 0; k < values.size(); ++k)
            if (k == 0 || values[k] - values[k - 1] > tolerance) first_.push_back(values[k]);
    }
    [[nodiscard]] std::uint32_t of(double value) const {
        return static_cast<std::uint32_t>(std::upper_bound(first_.begin(), first_.end(), value) - first_.begin() - 1);
    }
    [[nodiscard]] std::size_t count() const { return first_.size(); }

private:
    std::vector<double> first_;
};

/// One round: classes by (class, sum over k of f(class(i,k)) g(class(k,j)) mod 2^64) for random f and g.
std::vector<std::uint32_t> refined(const PairPartition& colours, std::uint64_t round, const base::Monitor& monitor) {
    const std::size_t n = colours.degree;
    base::RandomStream stream(0, "colour refinement", round);
    std::vector<std::uint64_t> left(colours.count());
    std::vector<std::uint64_t> right(colours.count());
    for (std::size_t label = 0; label < colours.count(); ++label) {
        left[label] = stream.next();
        right[label] = stream.next();
    }
    std::vector<std::uint64_t> factor(n * n);
    for (std::size_t at = 0; at < factor.size(); ++at)
        factor[at] = right[colours.labels[at]];
    std::vector<std::uint64_t> sums(n * n, 0);
    base::parallel_for(
        n,
        [&](std::size_t i) {
            std::uint64_t* row = sums.data() + i * n;
            for (std::size_t k = 0; k < n; ++k) {
                const std::uint64_t f = left[colours.label(i, k)];
                const std::uint64_t* other = factor.data() + k * n;
                for (std::size_t j = 0; j < n; ++j)
                    row[j] += f * other[j];
            }
        },
        monitor, "colour refinement");
    struct Key {
        std::uint32_t label;
        std::uint64_t sum;
        bool operator==(const Key& other) const = default;
    };
    const auto hash = [](const Key& key) {
        return static_cast<std::size_t>(key.sum ^ (key.label * 0x9e3779b97f4a7c15U));
    };
    std::unordered_map<Key, std::uint32_t, decltype(hash)> names(64, hash);
    std::vector<std::uint32_t> labels(n * n);
    for (std::size_t at = 0; at < labels.size(); ++at)
        labels[at] =
            names.emplace(Key{colours.labels[at], sums[at]}, static_cast<std::uint32_t>(names.size())).first->second;
    return labels;
}

} // namespace

PairPartition quantised(const arma::mat& matrix, double tolerance) {
    const std::size_t n = matrix.n_rows;
    const Classes diagonal(sorted_values(matrix, true), tolerance);
    const Classes others(sorted_values(matrix, false), tolerance);
    std::vector<std::uint32_t> labels(n * n);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < n; ++j)
            labels[i * n + j] = i == j ? diagonal.of(matrix(i, i))
                                       : static_cast<std::uint32_t>(diagonal.count()) + others.of(matrix(i, j));
    return partition_of_labels(n, std::move(labels));
}

std::vector<double> value_gaps(const arma::mat& matrix) {
    std::vector<double> gaps;
    for (const bool diagonal : {true, false}) {
        const std::vector<double> values = sorted_values(matrix, diagonal);
        for (std::size_t k = 1; k < values.size(); ++k)
            gaps.push_back(values[k] - values[k - 1]);
    }
    std::sort(gaps.begin(), gaps.end(), std::greater<>());
    return gaps;
}

PairPartition stable_colouring(const PairPartition& colours, const base::Monitor& monitor) {
    PairPartition now = colours;
    for (std::uint64_t round = 0;; ++round) {
        PairPartition finer = partition_of_labels(now.degree, refined(now, round, monitor));
        if (finer.count() == now.count()) return finer;
        now = std::move(finer);
    }
}

} // namespace limsym::symmetry
