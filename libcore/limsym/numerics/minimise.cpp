#include "limsym/numerics/minimise.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include <boost/math/tools/toms748_solve.hpp>

#include "limsym/base/error.hpp"

namespace limsym::numerics {

namespace {

// Brent, "Algorithms for minimization without derivatives" (1973), chapter 5: golden sections and parabolas.
Minimum1D brent(const std::function<double(double)>& f, double a, double b, Minimum1D best, double tolerance) {
    constexpr double golden = 0.3819660112501051;
    Minimum1D second = best;
    Minimum1D third = best;
    double step = 0.0;
    double step_before = 0.0;
    for (int iteration = 0; iteration < 200; ++iteration) {
        const double middle = 0.5 * (a + b);
        const double resolution = 0.5 * tolerance + 1e-15 * std::fabs(best.x);
        if (std::fabs(best.x - middle) <= 2.0 * resolution - 0.5 * (b - a)) break;
        bool parabola = false;
        if (std::fabs(step_before) > resolution) {
            const double r = (best.x - second.x) * (best.value - third.value);
            const double q = (best.x - third.x) * (best.value - second.value);
            double p = (best.x - third.x) * q - (best.x - second.x) * r;
            double denominator = 2.0 * (q - r);
            if (denominator > 0.0) p = -p;
            denominator = std::fabs(denominator);
            parabola = std::fabs(p) < std::fabs(0.5 * denominator * step_before) && p > denominator * (a - best.x) &&
                       p < denominator * (b - best.x);
            if (parabola) {
                step_before = step;
                step = p / denominator;
                const double u = best.x + step;
                if (u - a < 2.0 * resolution || b - u < 2.0 * resolution)
                    step = best.x < middle ? resolution : -resolution;
            }
        }
        if (!parabola) {
            step_before = best.x < middle ? b - best.x : a - best.x;
            step = golden * step_before;
        }
        const double move = std::fabs(step) >= resolution ? step : std::copysign(resolution, step);
        const Minimum1D tried{best.x + move, f(best.x + move)};
        if (tried.value <= best.value) {
            (tried.x < best.x ? b : a) = best.x;
            third = second;
            second = best;
            best = tried;
        } else {
            (tried.x < best.x ? a : b) = tried.x;
            if (tried.value <= second.value || second.x == best.x) {
                third = second;
                second = tried;
            } else if (tried.value <= third.value || third.x == best.x || third.x == second.x) {
                third = tried;
            }
        }
    }
    return best;
}

} // namespace

Minimum1D minimise_on_interval(const std::function<double(double)>& f, double a, double b, double tolerance,
                               std::size_t scan) {
    const double spacing = (b - a) / static_cast<double>(scan);
    const auto place = [&](std::size_t i) { return i == scan ? b : a + static_cast<double>(i) * spacing; };
    // NaN counts as +infinity, so that a failed evaluation is never the minimum.
    const auto value = [&](double x) {
        const double result = f(x);
        return std::isnan(result) ? std::numeric_limits<double>::infinity() : result;
    };
    std::size_t best = 0;
    Minimum1D lowest{a, value(a)};
    for (std::size_t i = 1; i <= scan; ++i)
        if (const double here = value(place(i)); here < lowest.value) {
            best = i;
            lowest = {place(i), here};
        }
    if (!std::isfinite(lowest.value)) return lowest;
    const double left = place(best == 0 ? 0 : best - 1);
    const double right = place(std::min(scan, best + 1));
    return brent(value, left, right, lowest, tolerance);
}

double find_root(const std::function<double(double)>& f, double a, double b) {
    const double at_a = f(a);
    const double at_b = f(b);
    if (at_a == 0.0) return a;
    if (at_b == 0.0) return b;
    if (!(std::signbit(at_a) != std::signbit(at_b)) || std::isnan(at_a) || std::isnan(at_b))
        throw base::WorkError("no root: the function has the same sign at both ends");
    std::uintmax_t iterations = 200;
    const std::pair<double, double> bracket = boost::math::tools::toms748_solve(
        f, a, b, at_a, at_b, boost::math::tools::eps_tolerance<double>(52), iterations);
    return 0.5 * (bracket.first + bracket.second);
}

namespace {

// One point on the line x + t p.
struct LinePoint {
    double t = 0.0;
    double value = 0.0;
    double slope = 0.0;
    arma::vec x;
    arma::vec gradient;
};

// Strong Wolfe conditions (Nocedal and Wright, "Numerical Optimization", 2nd ed., algorithms 3.5 and 3.6).
class LineSearch {
public:
    LineSearch(const ValueAndGradient& f, const arma::vec& x, const arma::vec& direction, double value, double slope)
        : f_(f), origin_(x), direction_(direction), value_(value), slope_(slope) {}

    /// A point that satisfies the conditions, or the best that decreases f enough; false when there is none.
    bool run(double first_step, LinePoint& result) {
        LinePoint previous;
        previous.value = value_;
        previous.slope = slope_;
        double t = first_step;
        for (int i = 0; i < 25; ++i) {
            LinePoint point = evaluate(t);
            if (!sufficient(point) || (i > 0 && point.value >= previous.value))
                return zoom(std::move(previous), std::move(point), result);
            if (std::fabs(point.slope) <= -curvature * slope_) {
                result = std::move(point);
                return true;
            }
            if (point.slope >= 0.0) return zoom(std::move(point), std::move(previous), result);
            previous = std::move(point);
            t *= 2.0;
        }
        result = std::move(previous);
        return true;
    }

private:
    static constexpr double decrease = 1e-4;
    static constexpr double curvature = 0.9;

    LinePoint evaluate(double t) const {
        LinePoint point;
        point.t = t;
        point.x = origin_ + t * direction_;
        point.gradient.set_size(origin_.n_elem);
        point.value = f_(point.x, point.gradient);
        if (std::isnan(point.value)) point.value = std::numeric_limits<double>::infinity();
        if (std::isfinite(point.value)) point.slope = arma::dot(point.gradient, direction_);
        if (!std::isfinite(point.slope)) point.value = std::numeric_limits<double>::infinity();
        return point;
    }

    bool sufficient(const LinePoint& point) const { return point.value <= value_ + decrease * point.t * slope_; }

    bool zoom(LinePoint low, LinePoint high, LinePoint& result) {
        for (int i = 0; i < 40; ++i) {
            LinePoint point = evaluate(inside(low, high));
            if (!sufficient(point) || point.value >= low.value) {
                high = std::move(point);
            } else {
                if (std::fabs(point.slope) <= -curvature * slope_) {
                    result = std::move(point);
                    return true;
                }
                if (point.slope * (high.t - low.t) >= 0.0) high = std::move(low);
                low = std::move(point);
            }
            if (std::fabs(high.t - low.t) <= 1e-14 * std::max(high.t, low.t)) break;
        }
        if (low.t == 0.0) return false;
        result = std::move(low);
        return true;
    }

    // The minimum of the parabola through low's value and slope and high's value, kept off the ends.
    static double inside(const LinePoint& low, const LinePoint& high) {
        const double width = high.t - low.t;
        const double curvature_term = high.value - low.value - low.slope * width;
        const double parabola = -low.slope * width / (2.0 * curvature_term);
        const bool usable = std::isfinite(parabola) && curvature_term > 0.0;
        return low.t + width * (usable ? std::clamp(parabola, 0.1, 0.9) : 0.5);
    }

    const ValueAndGradient& f_;
    const arma::vec& origin_;
    const arma::vec& direction_;
    double value_;
    double slope_;
};

// The last pairs of steps and changes of gradient, applied as in algorithm 7.4.
class InverseHessian {
public:
    explicit InverseHessian(std::size_t memory) : memory_(memory) {}

    bool empty() const { return pairs_.empty(); }
    void clear() { pairs_.clear(); }

    void update(arma::vec step, arma::vec change) {
        const double product = arma::dot(step, change);
        if (!(product > 1e-14 * arma::norm(step) * arma::norm(change))) return;
        if (pairs_.size() == memory_) pairs_.pop_front();
        pairs_.push_back({std::move(step), std::move(change), 1.0 / product});
    }

    arma::vec times(arma::vec v) const {
        std::vector<double> alpha(pairs_.size());
        for (std::size_t i = pairs_.size(); i-- > 0;) {
            alpha[i] = pairs_[i].rho * arma::dot(pairs_[i].step, v);
            v -= alpha[i] * pairs_[i].change;
        }
        if (!pairs_.empty()) {
            const Pair& last = pairs_.back();
            v *= 1.0 / (last.rho * arma::dot(last.change, last.change));
        }
        for (std::size_t i = 0; i < pairs_.size(); ++i)
            v += (alpha[i] - pairs_[i].rho * arma::dot(pairs_[i].change, v)) * pairs_[i].step;
        return v;
    }

private:
    struct Pair {
        arma::vec step;
        arma::vec change;
        double rho;
    };
    std::size_t memory_;
    std::deque<Pair> pairs_;
};

bool small_gradient(const Minimum& at, double tolerance) {
    const double largest = at.gradient.is_empty() ? 0.0 : arma::norm(at.gradient, "inf");
    return largest <= tolerance * std::max(1.0, std::fabs(at.value));
}

} // namespace

Minimum minimise_lbfgs(const ValueAndGradient& f, arma::vec start, const LbfgsOptions& options) {
    Minimum at;
    at.x = std::move(start);
    at.gradient.set_size(at.x.n_elem);
    at.value = f(at.x, at.gradient);
    if (!std::isfinite(at.value) || !at.gradient.is_finite()) return at;
    InverseHessian inverse_hessian(options.memory);
    while (at.iterations < options.max_iterations) {
        if (small_gradient(at, options.gradient_tolerance)) {
            at.converged = true;
            return at;
        }
        arma::vec direction = -inverse_hessian.times(at.gradient);
        double slope = arma::dot(direction, at.gradient);
        if (!(slope < 0.0)) {
            inverse_hessian.clear();
            direction = -at.gradient;
            slope = arma::dot(direction, at.gradient);
        }
        const double first_step = inverse_hessian.empty() ? std::min(1.0, 1.0 / arma::norm(at.gradient)) : 1.0;
        LinePoint next;
        if (!LineSearch(f, at.x, direction, at.value, slope).run(first_step, next)) {
            // No decrease along a quasi-Newton direction: once more along the gradient, then this is the minimum that
            // rounding allows.
            if (inverse_hessian.empty()) return at;
            inverse_hessian.clear();
            continue;
        }
        ++at.iterations;
        const double decrease = at.value - next.value;
        inverse_hessian.update(next.x - at.x, next.gradient - at.gradient);
        at.x = std::move(next.x);
        at.gradient = std::move(next.gradient);
        at.value = next.value;
        if (decrease <= options.value_tolerance * std::max(1.0, std::fabs(at.value))) {
            at.converged = true;
            return at;
        }
    }
    at.converged = small_gradient(at, options.gradient_tolerance);
    return at;
}

} // namespace limsym::numerics
