#include "limsym/kernel/moment_quadrature.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace limsym::kernel {

namespace {

struct Rule {
    std::vector<double> nodes;
    std::vector<double> weights; ///< sum 1
};

/// For a standard normal variable that is scaled by sqrt(variance) inside functions analytic in the strip.
Rule trapezoid(double variance, double strip) {
    constexpr double reach = 8.8;
    if (variance == 0.0) return {{0.0}, {1.0}};
    // the error is exp(-2 pi y/h + y^2/2) for poles at distance y, and never less than exp(-2 pi^2/h^2)
    constexpr double largest_step = 0.5;
    const double step = std::min(largest_step, 0.8 * 2 * std::numbers::pi * strip / (39.0 * std::sqrt(variance)));
    const auto half = static_cast<std::size_t>(std::ceil(reach / step));
    Rule rule;
    double sum = 0.0;
    for (std::size_t i = 0; i <= 2 * half; ++i) {
        const double z = (static_cast<double>(i) - static_cast<double>(half)) * step;
        rule.nodes.push_back(z);
        rule.weights.push_back(std::exp(-0.5 * z * z));
        sum += rule.weights.back();
    }
    for (double& weight : rule.weights)
        weight /= sum;
    return rule;
}

/// phi and its derivatives at one variable's values.
struct Derivatives {
    static constexpr std::size_t block = 128;
    std::array<std::array<double, block>, network::SmoothActivation::orders> values;
    [[nodiscard]] std::array<double*, network::SmoothActivation::orders> out() {
        return {values[0].data(), values[1].data(), values[2].data(), values[3].data(), values[4].data()};
    }
};

} // namespace

Moments<double> MomentQuadrature::at(double a, double b, double c) const {
    // (u, v) = R (z1, z2), R = V sqrt(eigenvalues of the covariance)
    const double large = 0.5 * (a + b) + std::hypot(0.5 * (a - b), c);
    const double small = large > 0 ? covariance_determinant(a, b, c) / large : 0.0;
    const double turn = 0.5 * std::atan2(2 * c, a - b);
    const double u1 = std::cos(turn) * std::sqrt(large);
    const double v1 = std::sin(turn) * std::sqrt(large);
    const double u2 = -std::sin(turn) * std::sqrt(small);
    const double v2 = std::cos(turn) * std::sqrt(small);
    const Rule first = trapezoid(large, activation_.strip);
    const Rule second = trapezoid(small, activation_.strip);

    std::array<double, Derivatives::block> u;
    std::array<double, Derivatives::block> v;
    Derivatives at_u;
    Derivatives at_v;
    const auto& p = at_u.values;
    const auto& q = at_v.values;
    Moments<double> total{};
    for (std::size_t j = 0; j < second.nodes.size(); ++j) {
        Moments<double> line{};
        for (std::size_t start = 0; start < first.nodes.size(); start += Derivatives::block) {
            const std::size_t count = std::min(Derivatives::block, first.nodes.size() - start);
            for (std::size_t i = 0; i < count; ++i) {
                u[i] = u1 * first.nodes[start + i] + u2 * second.nodes[j];
                v[i] = v1 * first.nodes[start + i] + v2 * second.nodes[j];
            }
            activation_.derivatives(u.data(), count, at_u.out());
            activation_.derivatives(v.data(), count, at_v.out());
            for (std::size_t i = 0; i < count; ++i) {
                const double w = first.weights[start + i];
                line.f += w * p[0][i] * q[0][i];
                line.fc += w * p[1][i] * q[1][i];
                line.fcc += w * p[2][i] * q[2][i];
                line.fccc += w * p[3][i] * q[3][i];
                line.fa += w * p[2][i] * q[0][i];
                line.fb += w * p[0][i] * q[2][i];
                line.fca += w * p[3][i] * q[1][i];
                line.fcb += w * p[1][i] * q[3][i];
                line.fcca += w * p[4][i] * q[2][i];
                line.fccb += w * p[2][i] * q[4][i];
            }
        }
        const double w = second.weights[j];
        total.f += w * line.f;
        total.fc += w * line.fc;
        total.fcc += w * line.fcc;
        total.fccc += w * line.fccc;
        total.fa += w * 0.5 * line.fa;
        total.fb += w * 0.5 * line.fb;
        total.fca += w * 0.5 * line.fca;
        total.fcb += w * 0.5 * line.fcb;
        total.fcca += w * 0.5 * line.fcca;
        total.fccb += w * 0.5 * line.fccb;
    }
    return total;
}

} // namespace limsym::kernel
