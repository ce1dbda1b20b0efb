#include "limsym/kernel/dual_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/kernel/polar.hpp"
#include "limsym/numerics/blas.hpp"

namespace limsym::kernel {

namespace {

double chebyshev_node(std::size_t k, std::size_t count) {
    return std::cos(std::numbers::pi * (static_cast<double>(k) + 0.5) / static_cast<double>(count));
}

// Coefficients from values at the nodes: row k is (2 - [k = 0])/count cos(k arccos node).
arma::mat to_coefficients(std::size_t count) {
    arma::mat transform(count, count);
    for (std::size_t k = 0; k < count; ++k) {
        for (std::size_t node = 0; node < count; ++node) {
            const double turn = std::numbers::pi * static_cast<double>(k) * (static_cast<double>(node) + 0.5);
            transform(k, node) =
                (k == 0 ? 1.0 : 2.0) / static_cast<double>(count) * std::cos(turn / static_cast<double>(count));
        }
    }
    return transform;
}

void transform_cube(arma::cube& cube, const arma::mat& of_angles, const arma::mat& of_levels) {
    for (std::size_t b = 0; b < cube.n_slices; ++b)
        cube.slice(b) = of_angles * cube.slice(b) * of_levels.t();
    arma::cube turned(arma::size(cube), arma::fill::zeros);
    for (std::size_t k = 0; k < cube.n_slices; ++k) {
        for (std::size_t b = 0; b < cube.n_slices; ++b)
            turned.slice(k) += of_levels(k, b) * cube.slice(b);
    }
    cube = std::move(turned);
}

// Columns: second moments, then E phi and E phi'.
arma::mat exact_means(const network::ScalarFunction& function, const std::vector<double>& kinks,
                      const std::vector<double>& variances) {
    arma::mat result(variances.size(), 5);
    for (std::size_t i = 0; i < variances.size(); ++i) {
        const SecondMoments moments = second_moments(function, kinks, variances[i]);
        const HermiteCoefficients means = hermite_coefficients(function, kinks, variances[i], 1);
        result.row(i) = arma::rowvec{moments.value, moments.slope, moments.mixed, means.value[0], means.slope[0]};
    }
    return result;
}

} // namespace

DualTable::DualTable(const network::Activation& activation, double smallest, double largest, double tolerance)
    : function_(network::scalar_function(activation)), kinks_(network::kinks_of(activation)), low_(std::log(smallest)),
      high_(std::log(largest)), means_([function = function_, kinks = kinks_](const std::vector<double>& variances) {
          return exact_means(function, kinks, variances);
      }) {
    const bool equal = high_ - low_ < 1e-12;
    std::size_t levels = equal ? 1 : 5;
    std::size_t angles = 25;
    for (;;) {
        build(levels, angles);
        residue_ = last_coefficients();
        if (residue_ <= tolerance || (levels >= most_levels && angles >= most_angles) ||
            (equal && angles >= most_angles))
            break;
        if (!equal) levels = std::min(most_levels, levels + 4);
        angles = std::min(most_angles, angles + 8);
    }
    value_terms_ = separate(value_);
    derivative_terms_ = separate(derivative_);
    value_.reset();
    derivative_.reset();
}

void DualTable::build(std::size_t levels, std::size_t angles) {
    levels_ = levels;
    angles_ = angles;
    value_.set_size(angles, levels, levels);
    derivative_.set_size(angles, levels, levels);
    std::vector<double> variances(levels);
    for (std::size_t a = 0; a < levels; ++a)
        variances[a] =
            std::exp(0.5 * (low_ + high_) + 0.5 * (high_ - low_) * (levels == 1 ? 0 : chebyshev_node(a, levels)));
    // The rule that is good enough at the widest variance, in the middle of the angles.
    std::size_t rule = 1;
    const double largest = *std::max_element(variances.begin(), variances.end());
    for (; rule < 8; rule *= 2) {
        const PolarPair coarse = polar_pair(function_, kinks_, largest, largest, 1.0, rule);
        const PolarPair fine = polar_pair(function_, kinks_, largest, largest, 1.0, 2 * rule);
        if (std::abs(coarse.value - fine.value) <= 1e-13 * std::max(1.0, std::abs(fine.value)) &&
            std::abs(coarse.derivative - fine.derivative) <= 1e-13 * std::max(1.0, std::abs(fine.derivative)))
            break;
    }
    numerics::use_serial_blas();
    const bool kink_at_zero = std::all_of(kinks_.begin(), kinks_.end(), [](double kink) { return kink == 0.0; });
    base::parallel_for(angles, [&](std::size_t t) {
        const double theta = 0.5 * std::numbers::pi * (1.0 - chebyshev_node(t, angles));
        if (kink_at_zero) {
            const PolarTable pairs = polar_table(function_, variances, theta, rule);
            for (std::size_t a = 0; a < levels; ++a) {
                for (std::size_t b = 0; b < levels; ++b) {
                    value_(t, a, b) = pairs.value(a, b);
                    derivative_(t, a, b) = pairs.derivative(a, b);
                }
            }
            return;
        }
        for (std::size_t a = 0; a < levels; ++a) {
            for (std::size_t b = 0; b <= a; ++b) {
                const PolarPair pair = polar_pair(function_, kinks_, variances[a], variances[b], theta, rule);
                value_(t, a, b) = value_(t, b, a) = pair.value;
                derivative_(t, a, b) = derivative_(t, b, a) = pair.derivative;
            }
        }
    });
    const arma::mat of_angles = to_coefficients(angles);
    const arma::mat of_levels = to_coefficients(levels);
    transform_cube(value_, of_angles, of_levels);
    transform_cube(derivative_, of_angles, of_levels);
}

double DualTable::last_coefficients() const {
    const auto ends = [&](const arma::cube& cube) {
        const double most = arma::abs(cube).max();
        double last = 0.0;
        for (std::size_t b = 0; b < levels_; ++b) {
            for (std::size_t a = 0; a < levels_; ++a) {
                for (std::size_t t = 0; t < angles_; ++t) {
                    const bool end = t + 2 >= angles_ || (levels_ > 1 && (a + 1 == levels_ || b + 1 == levels_));
                    if (end) last = std::max(last, std::abs(cube(t, a, b)));
                }
            }
        }
        return most > 0 ? last / most : 0.0;
    };
    return std::max(ends(value_), ends(derivative_));
}

DualTable::Terms DualTable::separate(const arma::cube& cube) {
    // What lies below does not reach the last bit of a sum.
    const double least = 2e-16 * arma::abs(cube).max();
    Terms terms;
    std::vector<arma::vec> columns;
    for (std::size_t t = 0; t < cube.n_rows; ++t) {
        arma::mat form(cube.n_cols, cube.n_slices);
        for (std::size_t b = 0; b < cube.n_slices; ++b)
            form.col(b) = cube.slice(b).row(t).t();
        arma::vec values;
        arma::mat vectors;
        if (!arma::eig_sym(values, vectors, 0.5 * (form + form.t())))
            throw base::WorkError("the table of an activation has no eigenvectors");
        const auto take = [&](double sign) {
            std::size_t count = 0;
            for (std::size_t r = 0; r < values.n_elem; ++r) {
                if (!(sign * values(r) > least)) continue;
                columns.emplace_back(std::sqrt(sign * values(r)) * vectors.col(r));
                ++count;
            }
            return count;
        };
        const std::size_t positive = take(1.0);
        terms.counts.push_back({positive, take(-1.0)});
    }
    terms.vectors.set_size(cube.n_cols, columns.size());
    for (std::size_t j = 0; j < columns.size(); ++j)
        terms.vectors.col(j) = columns[j];
    return terms;
}

void DualTable::rows(const std::vector<double>& variances, arma::mat& value, arma::mat* derivative,
                     arma::mat* value_slope) const {
    const std::size_t n = variances.size();
    arma::mat basis(n, levels_, arma::fill::zeros);
    arma::mat slope(n, levels_, arma::fill::zeros);
    const double half = 0.5 * (high_ - low_);
    for (std::size_t i = 0; i < n; ++i) {
        if (!(variances[i] > 0)) continue;
        const double x =
            levels_ == 1 ? 0.0 : std::clamp((std::log(variances[i]) - 0.5 * (low_ + high_)) / half, -1.0, 1.0);
        // T_k and T_k' = k U_{k-1}
        double t_before = 1.0;
        double t = x;
        double u_before = 0.0;
        double u = 1.0;
        basis(i, 0) = 1.0;
        for (std::size_t k = 1; k < levels_; ++k) {
            basis(i, k) = t;
            slope(i, k) = static_cast<double>(k) * u / half;
            const double t_next = 2 * x * t - t_before;
            t_before = t;
            t = t_next;
            const double u_next = 2 * x * u - u_before;
            u_before = u;
            u = u_next;
        }
    }
    // Sums in an order of their own: a row's numbers do not depend on the others, as those of a GEMM might.
    const auto contract = [&](const arma::mat& of, const arma::mat& vectors, arma::mat& out) {
        out.zeros(n, vectors.n_cols);
        for (std::size_t j = 0; j < vectors.n_cols; ++j) {
            for (std::size_t a = 0; a < levels_; ++a) {
                const double factor = vectors(a, j);
                for (std::size_t i = 0; i < n; ++i)
                    out(i, j) += factor * of(i, a);
            }
        }
    };
    contract(basis, value_terms_.vectors, value);
    if (derivative != nullptr) contract(basis, derivative_terms_.vectors, *derivative);
    if (value_slope != nullptr) contract(slope, value_terms_.vectors, *value_slope);
}

SecondMoments DualTable::moments(double variance) const {
    std::array<double, 3> out{};
    means_.interpolate(variance, 0, out.size(), out.data());
    return {out[0], out[1], out[2]};
}

DualTable::Means DualTable::means(double variance) const {
    std::array<double, 2> out{};
    means_.interpolate(variance, 3, out.size(), out.data());
    return {out[0], out[1]};
}

} // namespace limsym::kernel
