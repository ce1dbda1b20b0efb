#include "limsym/numerics/quadrature.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "limsym/base/error.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/lapack.hpp"

namespace limsym::numerics {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// What the recurrence of the orthonormal Hermite polynomials he_k gives at x, with exponents kept apart because he_k
// grows like exp(x^2/4).
struct HermiteValues {
    double newton_step;     ///< he_n / he_n'
    double log_christoffel; ///< log of sum_{k<n} he_k^2
};

HermiteValues hermite_values(std::size_t n, double x) {
    double previous = 0.0;
    double current = 1.0;
    double squares = 0.0; // of he_0 .. he_{k-1}, in units of 2^(2 exponent)
    int exponent = 0;
    constexpr int step = 256;
    constexpr double large = 0x1p256;
    for (std::size_t k = 0; k < n; ++k) {
        squares += current * current;
        const double order = static_cast<double>(k);
        const double next = (x * current - std::sqrt(order) * previous) / std::sqrt(order + 1.0);
        previous = current;
        current = next;
        if (std::fabs(current) > large) {
            current /= large;
            previous /= large;
            squares /= large;
            squares /= large;
            exponent += step;
        }
    }
    return {current / (std::sqrt(static_cast<double>(n)) * previous),
            std::log(squares) + 2.0 * exponent * std::numbers::ln2};
}

} // namespace

QuadratureRule gauss_hermite(std::size_t n) {
    if (n == 0 || n > 2000) throw std::invalid_argument("gauss_hermite: 1 to 2000 points");
    use_serial_blas();
    // Golub and Welsch: eigenvalues of the Jacobi matrix; then Newton, and weights as reciprocals of the Christoffel
    // sum, which has positive terms only and so is accurate where weights from eigenvectors are not.
    std::vector<double> eigenvalues(n, 0.0);
    std::vector<double> off_diagonal(n);
    for (std::size_t k = 0; k < n; ++k)
        off_diagonal[k] = std::sqrt(static_cast<double>(k + 1));
    if (!lapack::tridiagonal_eigenvalues(eigenvalues, off_diagonal))
        throw std::logic_error("gauss_hermite: no convergence");
    QuadratureRule rule{std::vector<double>(n), std::vector<double>(n)};
    for (std::size_t i = n / 2; i < n; ++i) {
        const bool centre = n % 2 == 1 && i == n / 2;
        double x = centre ? 0.0 : eigenvalues[i];
        if (!centre)
            for (int iteration = 0; iteration < 2; ++iteration)
                x -= hermite_values(n, x).newton_step;
        const double weight = std::exp(-hermite_values(n, x).log_christoffel);
        rule.nodes[i] = x;
        rule.weights[i] = weight;
        rule.nodes[n - 1 - i] = -x;
        rule.weights[n - 1 - i] = weight;
    }
    return rule;
}

QuadratureRule gauss_legendre(std::size_t n, double a, double b) {
    if (n == 0 || n > 10000) throw std::invalid_argument("gauss_legendre: 1 to 10000 points");
    std::vector<double> reciprocal(n); // 1 / (k + 1)
    for (std::size_t k = 0; k < n; ++k)
        reciprocal[k] = 1.0 / static_cast<double>(k + 1);
    const double order = static_cast<double>(n);
    const double middle = 0.5 * (a + b);
    const double half = 0.5 * (b - a);
    QuadratureRule rule{std::vector<double>(n), std::vector<double>(n)};
    for (std::size_t i = 0; i < (n + 1) / 2; ++i) {
        const bool centre = n % 2 == 1 && i == n / 2;
        const double angle = std::numbers::pi * (static_cast<double>(i) + 0.75) / (order + 0.5);
        // Tricomi's start, good to O(n^-4) away from the ends.
        double x = centre ? 0.0 : (1.0 - (order - 1.0) / (8.0 * order * order * order)) * std::cos(angle);
        double slope = 0.0;
        for (int iteration = 0; iteration < 10; ++iteration) {
            double previous = 0.0;
            double current = 1.0;
            for (std::size_t k = 0; k < n; ++k) {
                // (k + 1) P_{k+1} = (2k + 1) x P_k - k P_{k-1}, so written that rounding of the factors does not add
                // up.
                const double product = x * current;
                const double next = (product - previous) * (1.0 - reciprocal[k]) + product;
                previous = current;
                current = next;
            }
            slope = order * (previous - x * current) / ((1.0 - x) * (1.0 + x));
            if (centre) break;
            const double step = current / slope;
            x -= step;
            if (std::fabs(step) < 4e-16) break;
        }
        const double weight = 2.0 / ((1.0 - x) * (1.0 + x) * slope * slope);
        rule.nodes[n - 1 - i] = middle + half * x;
        rule.nodes[i] = middle - half * x;
        rule.weights[i] = rule.weights[n - 1 - i] = half * weight;
    }
    return rule;
}

double log_sum_exp(const std::vector<double>& values) {
    if (values.empty()) return -infinity;
    const double largest = *std::max_element(values.begin(), values.end());
    if (!std::isfinite(largest)) return largest;
    double sum = 0.0;
    for (const double value : values)
        sum += std::exp(value - largest);
    return largest + std::log(sum);
}

namespace {

// The log of a density is followed down to this far below its maximum.
constexpr double depth = 80.0;

struct Maximum {
    double place;
    double value;
};

class Density {
public:
    Density(const std::function<double(double)>& log_density, double lower, double upper)
        : log_density_(log_density), lower_(lower), upper_(upper) {}

    // NaN counts as density 0.
    double operator()(double u) const {
        const double value = log_density_(u);
        return std::isnan(value) ? -infinity : value;
    }

    Maximum maximum(double start) const {
        constexpr int points = 256;
        const double spacing = (upper_ - lower_) / points;
        Maximum best{std::clamp(start, lower_, upper_), -infinity};
        best.value = (*this)(best.place);
        double bracket = spacing;
        const auto offer = [&](double u) {
            if (const double value = (*this)(u); value > best.value) best = {u, value};
        };
        for (int i = 0; i <= points; ++i)
            offer(i == points ? upper_ : lower_ + i * spacing);
        if (best.value == -infinity)
            throw DensityError(DensityError::Kind::zero,
                               "zero everywhere: the density underflows on the whole interval searched");
        if (best.value == infinity)
            throw DensityError(DensityError::Kind::improper, "improper: the density is infinite");
        // Narrow the bracket until the maximum inside is flat to rounding; the start may be the peak of a density far
        // narrower than the grid, so each round looks on both sides of the best place at its own scale.
        while (bracket > 1e-12 * std::max(1.0, std::fabs(best.place))) {
            bracket *= 0.5;
            for (bool moved = true; moved;) {
                const double before = best.value;
                const double centre = best.place;
                offer(std::max(lower_, centre - bracket));
                offer(std::min(upper_, centre + bracket));
                moved = best.value > before;
            }
        }
        return best;
    }

    // The place on one side of the mode where g has fallen by `fall`. @param direction -1 or 1 @throws DensityError
    // when that is not before `end`
    double edge(const Maximum& mode, double direction, double fall, double end) const {
        double inside = mode.place;
        double step = 1e-6 * std::max(1e-6, std::fabs(mode.place));
        double outside = inside;
        while (true) {
            if (inside == end)
                throw DensityError(DensityError::Kind::improper, "improper: the density does not fall off to the " +
                                                                     std::string(direction < 0.0 ? "left" : "right"));
            outside = direction < 0.0 ? std::max(end, inside - step) : std::min(end, inside + step);
            if ((*this)(outside) < mode.value - fall) break;
            inside = outside;
            step *= 2.0;
        }
        // As many halvings as a peak of any width at 0 can need.
        for (int i = 0; i < 1100 && std::fabs(outside - inside) > 1e-3 * std::fabs(outside - mode.place); ++i) {
            const double between = 0.5 * (inside + outside);
            if (between == inside || between == outside) break;
            ((*this)(between) < mode.value - fall ? outside : inside) = between;
        }
        return outside;
    }

private:
    const std::function<double(double)>& log_density_;
    double lower_;
    double upper_;
};

} // namespace

LogDensityNodes integrate_log_density(const std::function<double(double)>& g, double start, double lower,
                                      double upper) {
    const Density density(g, lower, upper);
    const Maximum mode = density.maximum(start);
    const double left = density.edge(mode, -1.0, depth, lower);
    const double right = density.edge(mode, 1.0, depth, upper);

    const auto node = [&](std::size_t i, std::size_t intervals) {
        return left + (right - left) * (static_cast<double>(i) / static_cast<double>(intervals));
    };
    std::size_t intervals = 128;
    std::vector<double> values(intervals + 1);
    for (std::size_t i = 0; i <= intervals; ++i)
        values[i] = density(node(i, intervals));
    const auto log_integral = [&] {
        return log_sum_exp(values) + std::log((right - left) / static_cast<double>(intervals));
    };
    double integral = log_integral();
    // g itself is known to no better than its rounding, which grows with its size.
    const double tolerance = 1e-13 + 8.0 * std::numeric_limits<double>::epsilon() * std::fabs(mode.value);
    while (intervals < 65536) {
        std::vector<double> finer(2 * intervals + 1);
        for (std::size_t i = 0; i <= intervals; ++i)
            finer[2 * i] = values[i];
        for (std::size_t i = 0; i < intervals; ++i)
            finer[2 * i + 1] = density(node(2 * i + 1, 2 * intervals));
        values = std::move(finer);
        intervals *= 2;
        const double before = integral;
        integral = log_integral();
        if (std::fabs(integral - before) < tolerance) break;
    }

    LogDensityNodes result;
    result.log_integral = integral;
    // Relative to the largest value first, so that a large |g| costs the weights no digits.
    const double largest = *std::max_element(values.begin(), values.end());
    for (double& value : values)
        value -= largest;
    const double normaliser = log_sum_exp(values);
    result.nodes.resize(values.size());
    result.log_weights.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        result.nodes[i] = node(i, intervals);
        result.log_weights[i] = values[i] - normaliser;
    }
    return result;
}

double log_integral_far(const std::function<double(double)>& g, double start, double lower, double upper) {
    constexpr double farthest = 1e10;
    const Density density(g, lower, upper);
    const Maximum mode = density.maximum(start);
    const double left = density.edge(mode, -1.0, depth, mode.place - farthest);
    const double right = density.edge(mode, 1.0, depth, mode.place + farthest);
    const double width =
        std::min(mode.place - density.edge(mode, -1.0, 1.0, left), density.edge(mode, 1.0, 1.0, right) - mode.place);
    const double from = std::asinh((left - mode.place) / width);
    const double to = std::asinh((right - mode.place) / width);
    const auto value = [&](double v) { return density(mode.place + width * std::sinh(v)) + std::log(std::cosh(v)); };

    std::size_t intervals = 128;
    std::vector<double> values;
    for (std::size_t i = 0; i <= intervals; ++i)
        values.push_back(value(from + (to - from) * (static_cast<double>(i) / static_cast<double>(intervals))));
    const double tolerance = 1e-13 + 8.0 * std::numeric_limits<double>::epsilon() * std::fabs(mode.value);
    double integral = -infinity;
    while (true) {
        const double before = integral;
        integral = log_sum_exp(values) + std::log(width * (to - from) / static_cast<double>(intervals));
        if (std::fabs(integral - before) < tolerance || intervals >= 65536) return integral;
        for (std::size_t i = 0; i < intervals; ++i)
            values.push_back(
                value(from + (to - from) * ((static_cast<double>(i) + 0.5) / static_cast<double>(intervals))));
        intervals *= 2;
    }
}

} // namespace limsym::numerics
