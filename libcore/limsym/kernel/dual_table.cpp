#include "limsym/kernel/dual_table.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

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

} // namespace

DualTable::DualTable(const network::Activation& activation, double smallest, double largest, double tolerance)
    : function_(network::scalar_function(activation)), kinks_(network::kinks_of(activation)), low_(std::log(smallest)),
      high_(std::log(largest)) {
    const bool equal = high_ - low_ < 1e-12;
    std::size_t levels = equal ? 1 : 5;
    std::size_t angles = 25;
    for (;;) {
        build(levels, angles);
        residue_ = last_coefficients();
        if (residue_ <= tolerance || (levels >= most_levels && angles >= most_angles) ||
            (equal && angles >= most_angles))
            return;
        if (!equal) levels = std::min(most_levels, levels + 4);
        angles = std::min(most_angles, angles + 8);
    }
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

DualTable::Row DualTable::row(double variance) const {
    Row result;
    result.basis.assign(levels_, 0.0);
    result.basis_slope.assign(levels_, 0.0);
    const double half = 0.5 * (high_ - low_);
    const double x = levels_ == 1 ? 0.0 : std::clamp((std::log(variance) - 0.5 * (low_ + high_)) / half, -1.0, 1.0);
    // T_k and T_k' = k U_{k-1}
    double t_before = 1.0;
    double t = x;
    double u_before = 0.0;
    double u = 1.0;
    result.basis[0] = 1.0;
    for (std::size_t k = 1; k < levels_; ++k) {
        result.basis[k] = t;
        result.basis_slope[k] = static_cast<double>(k) * u / half;
        const double t_next = 2 * x * t - t_before;
        t_before = t;
        t = t_next;
        const double u_next = 2 * x * u - u_before;
        u_before = u;
        u = u_next;
    }
    const auto contract = [&](const arma::cube& cube) {
        std::vector<double> sum(levels_ * angles_, 0.0);
        for (std::size_t b = 0; b < levels_; ++b) {
            for (std::size_t a = 0; a < levels_; ++a) {
                for (std::size_t k = 0; k < angles_; ++k)
                    sum[b * angles_ + k] += result.basis[a] * cube(k, a, b);
            }
        }
        return sum;
    };
    result.value = contract(value_);
    result.derivative = contract(derivative_);
    return result;
}

} // namespace limsym::kernel
