#include "limsym/network/taylor.hpp"

#include <cmath>
#include <numbers>
#include <stdexcept>

namespace limsym::network {

namespace {

/// The series y with y(0) = y0 and y' = slope(y) a': every round makes one more coefficient right.
template <typename Slope>
Taylor integrated(double y0, const Taylor& a, const Slope& slope) {
    Taylor y(y0);
    for (std::size_t round = 1; round < Taylor::terms; ++round) {
        const Taylor rate = slope(y);
        Taylor next(y0);
        for (std::size_t k = 1; k < Taylor::terms; ++k) {
            double sum = 0.0;
            for (std::size_t i = 1; i <= k; ++i)
                sum += static_cast<double>(i) * a.coefficient[i] * rate.coefficient[k - i];
            next.coefficient[k] = sum / static_cast<double>(k);
        }
        y = next;
    }
    return y;
}

Taylor exponential(const Taylor& a) {
    return integrated(std::exp(a.value()), a, [](const Taylor& y) { return y; });
}

/// y'' = sign y along a, from y0 and dy/da: sine, cosine and their hyperbolic relatives.
Taylor oscillating(double y0, double slope0, double sign, const Taylor& a) {
    return integrated(y0, a,
                      [&](const Taylor& y) { return integrated(slope0, a, [&](const Taylor&) { return sign * y; }); });
}

Taylor sigmoid(const Taylor& a) {
    const double x = a.value();
    const double y0 = x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
    return integrated(y0, a, [](const Taylor& y) { return y * (1.0 - y); });
}

Taylor normal_density(const Taylor& a) {
    return 1 / std::sqrt(2 * std::numbers::pi) * exponential(-0.5 * (a * a));
}

} // namespace

bool Taylor::constant() const {
    for (std::size_t k = 1; k < terms; ++k)
        if (coefficient[k] != 0.0) return false;
    return true;
}

double Taylor::derivative(std::size_t k) const {
    constexpr std::array<double, terms> factorial{1, 1, 2, 6, 24};
    return factorial[k] * coefficient[k];
}

Taylor operator+(const Taylor& a, const Taylor& b) {
    Taylor result;
    for (std::size_t k = 0; k < Taylor::terms; ++k)
        result.coefficient[k] = a.coefficient[k] + b.coefficient[k];
    return result;
}

Taylor operator-(const Taylor& a, const Taylor& b) {
    Taylor result;
    for (std::size_t k = 0; k < Taylor::terms; ++k)
        result.coefficient[k] = a.coefficient[k] - b.coefficient[k];
    return result;
}

Taylor operator*(const Taylor& a, const Taylor& b) {
    Taylor result;
    for (std::size_t k = 0; k < Taylor::terms; ++k) {
        for (std::size_t i = 0; i <= k; ++i)
            result.coefficient[k] += a.coefficient[i] * b.coefficient[k - i];
    }
    return result;
}

Taylor operator/(const Taylor& a, const Taylor& b) {
    Taylor result;
    for (std::size_t k = 0; k < Taylor::terms; ++k) {
        double rest = a.coefficient[k];
        for (std::size_t i = 0; i < k; ++i)
            rest -= result.coefficient[i] * b.coefficient[k - i];
        result.coefficient[k] = rest / b.coefficient[0];
    }
    return result;
}

Taylor raised(const Taylor& a, const Taylor& b) {
    if (b.constant()) {
        const double power = b.value();
        constexpr double most_products = 64;
        if (power >= 0 && power <= most_products && power == std::floor(power)) {
            Taylor result(1.0);
            for (double k = 0; k < power; k += 1.0)
                result = result * a;
            result.coefficient[0] = std::pow(a.value(), power);
            return result;
        }
        if (a.constant()) return std::pow(a.value(), power);
        return integrated(std::pow(a.value(), power), a, [&](const Taylor& y) { return power * (y / a); });
    }
    return exponential(b * integrated(std::log(a.value()), a, [&](const Taylor&) { return 1.0 / a; }));
}

Taylor apply_function(std::string_view name, double f0, const Taylor& a) {
    if (a.constant()) return f0;
    const double x = a.value();
    const auto by_argument = [&](const Taylor& slope) {
        return integrated(f0, a, [&](const Taylor&) { return slope; });
    };
    if (name == "exp") return exponential(a);
    if (name == "log") return by_argument(1.0 / a);
    if (name == "log1p") return by_argument(1.0 / (1.0 + a));
    if (name == "expm1") return by_argument(exponential(a));
    if (name == "sqrt") return integrated(f0, a, [](const Taylor& y) { return 0.5 / y; });
    if (name == "sin") return oscillating(f0, std::cos(x), -1.0, a);
    if (name == "cos") return oscillating(f0, -std::sin(x), -1.0, a);
    if (name == "tan") return integrated(f0, a, [](const Taylor& y) { return 1.0 + y * y; });
    if (name == "tanh") return integrated(f0, a, [](const Taylor& y) { return 1.0 - y * y; });
    if (name == "sinh") return oscillating(f0, std::cosh(x), 1.0, a);
    if (name == "cosh") return oscillating(f0, std::sinh(x), 1.0, a);
    if (name == "atan") return by_argument(1.0 / (1.0 + a * a));
    if (name == "asinh") return by_argument(raised(1.0 + a * a, -0.5));
    const double erf_factor = 2 / std::sqrt(std::numbers::pi);
    if (name == "erf") return by_argument(erf_factor * exponential(-1.0 * (a * a)));
    if (name == "erfc") return by_argument(-erf_factor * exponential(-1.0 * (a * a)));
    if (name == "sigmoid") return sigmoid(a);
    if (name == "softplus") return by_argument(sigmoid(a));
    if (name == "swish") return a * sigmoid(a);
    if (name == "gelu") {
        const double cdf = 0.5 * std::erfc(-x / std::numbers::sqrt2);
        const Taylor density = normal_density(a);
        return a * integrated(cdf, a, [&](const Taylor&) { return density; });
    }
    if (name == "abs") return x >= 0 ? a : -1.0 * a;
    if (name == "relu") return x >= 0 ? a : Taylor(0.0);
    if (name == "elu") return x >= 0 ? a : by_argument(exponential(a));
    if (name == "sign" || name == "step") return f0;
    throw std::logic_error("a function without a Taylor series");
}

} // namespace limsym::network
