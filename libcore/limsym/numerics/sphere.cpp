#include "limsym/numerics/sphere.hpp"

#include <cmath>
#include <numbers>
#include <vector>

#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::numerics {

arma::mat sphere_cover(std::size_t n) {
    constexpr double psi = 1.533751168755204288118041; // the real root of psi^4 = psi + 4 above 1
    arma::mat points(n, 4, arma::fill::none);
    for (std::size_t i = 0; i < n; ++i) {
        const double s = static_cast<double>(i) + 0.5;
        const double t = s / static_cast<double>(n);
        const double inner = std::sqrt(t);
        const double outer = std::sqrt(1 - t);
        const double first = 2 * std::numbers::pi * s / std::numbers::sqrt2;
        const double second = 2 * std::numbers::pi * s / psi;
        points(i, 0) = inner * std::sin(first);
        points(i, 1) = inner * std::cos(first);
        points(i, 2) = outer * std::sin(second);
        points(i, 3) = outer * std::cos(second);
    }
    return points;
}

arma::mat random_sphere_points(std::size_t n, std::size_t dimension, std::uint64_t seed) {
    arma::mat points(n, dimension, arma::fill::none);
    base::parallel_for(n, [&](std::size_t i) {
        base::RandomStream stream(seed, "sphere", i);
        std::vector<double> row(dimension);
        double length = 0.0;
        while (length == 0.0) {
            fill_normal(stream, row.data(), dimension);
            for (const double x : row)
                length = std::hypot(length, x);
        }
        for (std::size_t j = 0; j < dimension; ++j)
            points(i, j) = row[j] / length;
    });
    return points;
}

} // namespace limsym::numerics
