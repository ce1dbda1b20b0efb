// What tests of gradients share: random matrices and central differences.
#pragma once

#include <algorithm>
#include <armadillo>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include "limsym/base/random.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::tests {

inline arma::mat normal_matrix(std::size_t rows, std::size_t columns, std::uint64_t index) {
    base::RandomStream stream(7, "test", index);
    arma::mat result(rows, columns, arma::fill::none);
    numerics::fill_normal(stream, result.memptr(), result.n_elem);
    return result;
}

/// The derivatives of `value` at `point`, a vector or matrix, in the order of its entries.
template <typename Value, typename Point>
std::vector<double> central_differences(const Value& value, const Point& point, double step = 1e-5) {
    std::vector<double> result;
    for (std::size_t i = 0; i < point.size(); ++i) {
        Point up = point;
        Point down = point;
        up[i] += step;
        down[i] -= step;
        result.push_back((value(up) - value(down)) / (2 * step));
    }
    return result;
}

/// Every entry within `tolerance`, relative to entries above 1.
template <typename Gradient>
void check_gradient(const Gradient& gradient, const std::vector<double>& expected, double tolerance) {
    REQUIRE(gradient.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CAPTURE(i);
        CHECK(std::abs(gradient[i] - expected[i]) <= tolerance * std::max(1.0, std::abs(expected[i])));
    }
}

} // namespace limsym::tests
