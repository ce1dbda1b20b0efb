// Points of Poisson processes with Lévy measures as intensity, in decreasing order (Ferguson and Klass 1972): arrivals
// Gamma_1 < Gamma_2 < ... of a unit Poisson process, x_k = inf {x : rho(x, inf) <= Gamma_k}. Keeping the arrivals below
// T gives exactly the points above the cut x_T; the mean and variance of the sum of the others are known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "limsym/mixture/inverse_table.hpp"
#include "limsym/mixture/prior.hpp"

namespace limsym::mixture {

/// Most points of a term that are worth drawing.
inline constexpr double most_points = 1e7;

/// A prior's limit, ready to be drawn. Terms are truncated each at its own T; finite measures are exact.
class PointSampler {
public:
    /// @param tail T > 0, at most most_points @throws WorkError when a finite measure has more than most_points points
    PointSampler(const Prior& prior, double tail);

    [[nodiscard]] double drift() const { return drift_; }
    [[nodiscard]] double cut() const { return cut_; } ///< the largest of the terms' cuts
    [[nodiscard]] double residual_mean() const { return residual_mean_; }
    [[nodiscard]] double residual_sd() const;
    /// Expected number of points.
    [[nodiscard]] double size() const { return size_; }
    /// The points of a draw, decreasing; term k draws from the stream (seed, "points LAYER.k", draw).
    [[nodiscard]] std::vector<double> draw(std::uint64_t seed, std::size_t layer, std::uint64_t draw) const;

private:
    struct Term {
        InverseTable inverse;
        double end = 0.0; ///< arrivals below it are kept
    };
    std::vector<Term> terms_;
    double drift_ = 0.0;
    double cut_ = 0.0;
    double residual_mean_ = 0.0;
    double residual_variance_ = 0.0;
    double size_ = 0.0;
};

/// The smallest T whose residual sd is at most tolerance max(1, a + M1) (tolerance where M1 is infinite).
/// @throws WorkError with the number when it is beyond most_points
[[nodiscard]] double tail_for_tolerance(const Prior& prior, double tolerance);

} // namespace limsym::mixture
