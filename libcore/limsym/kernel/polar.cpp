#include "limsym/kernel/polar.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <cblas.h>

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

// Calls use(weight, u, v) at the nodes of the whole plane.
template <typename Use>
void over_plane(const std::vector<double>& kinks, const std::vector<double>& angles, const Geometry& at,
                std::size_t level, const Use& use) {
    const numerics::QuadratureRule angular = numerics::gauss_legendre(24 * level, -1.0, 1.0);
    const numerics::QuadratureRule radial = numerics::gauss_legendre(20, -1.0, 1.0);
    const auto panels = static_cast<double>(3 * level);
    for (std::size_t s = 0; s + 1 < angles.size(); ++s) {
        const double middle = 0.5 * (angles[s] + angles[s + 1]);
        const double half = 0.5 * (angles[s + 1] - angles[s]);
        for (std::size_t a = 0; a < angular.nodes.size(); ++a) {
            const double t = middle + half * angular.nodes[a];
            const double ray = half * angular.weights[a] / (2 * std::numbers::pi);
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
            for (std::size_t k = 0; k + 1 < radii.size(); ++k) {
                const double length = radii[k + 1] - radii[k];
                const double count = std::ceil(panels * length / reach);
                for (double p = 0; p < count; p += 1.0) {
                    const double width = 0.5 * length / count;
                    const double centre = radii[k] + (2 * p + 1) * width;
                    for (std::size_t i = 0; i < radial.nodes.size(); ++i) {
                        const double r = centre + width * radial.nodes[i];
                        use(ray * width * radial.weights[i] * r * std::exp(-0.5 * r * r), slope1 * r, slope2 * r);
                    }
                }
            }
        }
    }
}

// A whole turn from -pi/2, where u is 0, in sectors.
std::vector<double> sectors(const std::vector<double>& kinks, const Geometry& at) {
    constexpr double pi = std::numbers::pi;
    std::vector<double> angles{pi / 2};
    const auto put = [&](double t) { angles.push_back(t - 2 * pi * std::floor((t + pi / 2) / (2 * pi))); };
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
    return breaks_in(std::move(angles), -pi / 2, 1.5 * pi);
}

} // namespace

PolarPair polar_pair(const network::ScalarFunction& function, const std::vector<double>& kinks, double q1, double q2,
                     double theta, std::size_t level) {
    const Geometry at{std::sqrt(q1), std::sqrt(q2), theta};
    PolarPair sum{0.0, 0.0};
    over_plane(kinks, sectors(kinks, at), at, level, [&](double weight, double u, double v) {
        sum.value += weight * function.value(u) * function.value(v);
        sum.derivative += weight * function.derivative(u) * function.derivative(v);
    });
    return sum;
}

PolarTable polar_table(const network::ScalarFunction& function, const std::vector<double>& variances, double theta,
                       std::size_t level) {
    const std::size_t count = variances.size();
    const numerics::QuadratureRule angular = numerics::gauss_legendre(24 * level, -1.0, 1.0);
    const numerics::QuadratureRule panel = numerics::gauss_legendre(20, -1.0, 1.0);
    const std::size_t panels = 3 * level;
    const std::size_t nodes = panels * panel.nodes.size();
    std::vector<double> radius;
    std::vector<double> weight;
    const double width = 0.5 * reach / static_cast<double>(panels);
    for (std::size_t p = 0; p < panels; ++p) {
        for (std::size_t i = 0; i < panel.nodes.size(); ++i) {
            const double r = width * (2 * static_cast<double>(p) + 1 + panel.nodes[i]);
            radius.push_back(r);
            weight.push_back(width * panel.weights[i] * r * std::exp(-0.5 * r * r) / (2 * std::numbers::pi));
        }
    }
    PolarTable sum{arma::mat(count, count, arma::fill::zeros), arma::mat(count, count, arma::fill::zeros)};
    arma::mat left(nodes, count);
    arma::mat right(nodes, count);
    const auto add = [&](const std::function<double(double)>& f, double cosine1, double cosine2, double ray,
                         arma::mat& total) {
        for (std::size_t a = 0; a < count; ++a) {
            const double root = std::sqrt(variances[a]);
            for (std::size_t k = 0; k < nodes; ++k) {
                left(k, a) = ray * weight[k] * f(root * cosine1 * radius[k]);
                right(k, a) = f(root * cosine2 * radius[k]);
            }
        }
        const int n = static_cast<int>(count);
        const int depth = static_cast<int>(nodes);
        cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, n, n, depth, 1.0, left.memptr(), depth, right.memptr(),
                    depth, 1.0, total.memptr(), n);
    };
    const std::vector<double> angles = sectors({0.0}, {1.0, 1.0, theta});
    for (std::size_t s = 0; s + 1 < angles.size(); ++s) {
        const double middle = 0.5 * (angles[s] + angles[s + 1]);
        const double half = 0.5 * (angles[s + 1] - angles[s]);
        for (std::size_t a = 0; a < angular.nodes.size(); ++a) {
            const double t = middle + half * angular.nodes[a];
            const double ray = half * angular.weights[a];
            add(function.value, std::cos(t), std::cos(t - theta), ray, sum.value);
            add(function.derivative, std::cos(t), std::cos(t - theta), ray, sum.derivative);
        }
    }
    for (arma::mat* total : {&sum.value, &sum.derivative}) {
        const arma::mat turned = total->t();
        *total = 0.5 * (*total + turned);
    }
    return sum;
}

PolarValue polar_expectation(const std::function<double(double)>& f, const std::function<double(double)>& g,
                             const std::vector<double>& kinks, double q1, double q2, double c, double tolerance) {
    const Geometry at{std::sqrt(q1), std::sqrt(q2), angle(std::sqrt(sine_squared(q1, q2, c)), c)};
    const std::vector<double> angles = sectors(kinks, at);
    const auto integrate = [&](std::size_t level) {
        double sum = 0.0;
        over_plane(kinks, angles, at, level, [&](double weight, double u, double v) { sum += weight * f(u) * g(v); });
        return sum;
    };
    double coarse = integrate(1);
    PolarValue result{coarse, 0.0};
    for (std::size_t level = 2; level <= 16; level *= 2) {
        result.value = integrate(level);
        result.error = std::abs(result.value - coarse);
        if (result.error <= tolerance * std::max(1.0, std::abs(result.value))) break;
        coarse = result.value;
    }
    return result;
}

} // namespace limsym::kernel
