// Functions of a variance, tabulated.
//
// Means of an activation over normal numbers are analytic in the variance q away from the negative axis: 24 Chebyshev
// points on each octave [2^k, 2^(k+1)] give them to the last bits, at a hundredth of the cost of the integrals. Octaves
// are filled when they are first asked for.
#pragma once

#include <armadillo>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>

namespace limsym::kernel {

class OctaveTable {
public:
    /// Row i: the functions at variances[i], one a column.
    using Exact = std::function<arma::mat(const std::vector<double>& variances)>;

    explicit OctaveTable(Exact exact) : exact_(std::move(exact)) {}

    /// The functions [first, first + count) at a variance >= 0; any thread.
    void interpolate(double variance, std::size_t first, std::size_t count, double* out) const;

private:
    [[nodiscard]] const arma::mat& octave(int exponent) const;

    Exact exact_;
    mutable std::shared_mutex mutex_;
    mutable std::map<int, std::unique_ptr<const arma::mat>> octaves_; ///< points x functions
};

} // namespace limsym::kernel
