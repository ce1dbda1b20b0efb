#include "limsym/kernel/polar.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "limsym/kernel/closed_forms.hpp"
#include "limsym/numerics/quadrature.hpp"

namespace limsym::kernel {

namespace {

constexpr double reach = 13.0; // exp(-13^2/2) = 2e-37

struct Geometry {
    double root1;
    double root2;
    double theta;
};

// Places of an interval where panels begin, ends included.
std::vector<double> breaks_in(std::vector<double> places, double low, double high) {
    std::erase_if(places, [&](double at) { return !(at > low && at < high); });
    places.push_back(low);
    places.push_back(high);
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end(), [](double a, double b) { return b - a < 1e-13; }),
                 places.end());
    return places;
}

double integrate(const std::function<double(double)>& f, const std::function<double(double)>& g,
                 const std::vector<double>& kinks, const std::vector<double>& angles, const Geometry& at,
                 std::size_t level) {
    const numerics::QuadratureRule angular = numerics::gauss_legendre(24 * level, -1.0, 1.0);
    const numerics::QuadratureRule radial = numerics::gauss_legendre(20, -1.0, 1.0);
    const auto panels = static_cast<double>(3 * level);
    double sum = 0.0;
    for (std::size_t s = 0; s + 1 < angles.size(); ++s) {
        const double middle = 0.5 * (angles[s] + angles[s + 1]);
        const double half = 0.5 * (angles[s + 1] - angles[s]);
        for (std::size_t a = 0; a < angular.nodes.size(); ++a) {
            const double t = middle + half * angular.nodes[a];
            const double slope1 = at.root1 * std::cos(t);
            const double slope2 = at.root2 * std::cos(t - at.theta);
            std::vector<double> places;
            for (const double kink : kinks) {
                if (kink != 0.0) {
                    places.push_back(kink / slope1);
                    places.push_back(kink / slope2);
                }
            }
            const std::vector<double> radii = breaks_in(std::move(places), 0.0, reach);
            double ray = 0.0;
            for (std::size_t k = 0; k + 1 < radii.size(); ++k) {
                const double length = radii[k + 1] - radii[k];
                const double count = std::ceil(panels * length / reach);
                for (double p = 0; p < count; p += 1.0) {
                    const double width = 0.5 * length / count;
                    const double centre = radii[k] + (2 * p + 1) * width;
                    for (std::size_t i = 0; i < radial.nodes.size(); ++i) {
                        const double r = centre + width * radial.nodes[i];
                        ray += width * radial.weights[i] * r * std::exp(-0.5 * r * r) * f(slope1 * r) * g(slope2 * r);
                    }
                }
            }
            sum += half * angular.weights[a] * ray;
        }
    }
    return sum / (2 * std::numbers::pi);
}

} // namespace

PolarValue polar_expectation(const std::function<double(double)>& f, const std::function<double(double)>& g,
                             const std::vector<double>& kinks, double q1, double q2, double c, double tolerance) {
    const Geometry at{std::sqrt(q1), std::sqrt(q2), angle(std::sqrt(sine_squared(q1, q2, c)), c)};
    constexpr double pi = std::numbers::pi;
    // A whole turn from -pi/2, where u is 0.
    std::vector<double> angles{pi / 2};
    const auto put = [&](double t) {
        const double turned = t - 2 * pi * std::floor((t + pi / 2) / (2 * pi));
        angles.push_back(turned);
    };
    put(at.theta + pi / 2);
    put(at.theta - pi / 2);
    for (const double a : kinks) {
        for (const double b : kinks) {
            if (a == 0.0 && b == 0.0) continue;
            // a / (root1 cos t) = b / (root2 cos(t - theta))
            const double y = b * at.root1 - a * at.root2 * std::cos(at.theta);
            const double x = a * at.root2 * std::sin(at.theta);
            if (x == 0.0 && y == 0.0) continue;
            put(std::atan2(y, x));
            put(std::atan2(y, x) + pi);
        }
    }
    angles = breaks_in(std::move(angles), -pi / 2, 1.5 * pi);
    double coarse = integrate(f, g, kinks, angles, at, 1);
    PolarValue result{coarse, 0.0};
    for (std::size_t level = 2; level <= 16; level *= 2) {
        result.value = integrate(f, g, kinks, angles, at, level);
        result.error = std::abs(result.value - coarse);
        if (result.error <= tolerance * std::max(1.0, std::abs(result.value))) break;
        coarse = result.value;
    }
    return result;
}

} // namespace limsym::kernel
