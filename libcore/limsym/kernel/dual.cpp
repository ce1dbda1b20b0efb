#include "limsym/kernel/dual.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "limsym/base/error.hpp"
#include "limsym/base/number.hpp"
#include "limsym/kernel/dual_block.hpp"
#include "limsym/kernel/polar.hpp"
#include "limsym/kernel/separated_polynomial.hpp"
#include "limsym/numerics/variates.hpp"

namespace limsym::kernel {

namespace {

using network::Activation;

// Roundings that sums over ten thousands of nodes gather.
constexpr double rounding = 1e-13;

struct Triple {
    double q1;
    double q2;
    double c;
};

Triple checked(double q1, double q2, double c) {
    const auto refuse = [](const char* name, double value, const std::string& expected) {
        throw base::InputError(name, base::number_text(value) + " is out of range; expected " + expected);
    };
    if (!(q1 >= 0)) refuse("q1", q1, "q1 >= 0");
    if (!(q2 >= 0)) refuse("q2", q2, "q2 >= 0");
    const double bound = std::sqrt(q1) * std::sqrt(q2);
    if (!(std::abs(c) <= bound * (1 + 1e-12))) refuse("c", c, "|c| <= sqrt(q1 q2) = " + base::number_text(bound));
    // |c| within a few roundings of the bound is the bound: the angle is then exactly 0 or pi.
    if (bound - std::abs(c) <= 4e-16 * bound) return {q1, q2, std::copysign(bound, c)};
    return {q1, q2, c};
}

Dual<double> by_polynomial(const std::vector<double>& coefficients, const Triple& t) {
    const auto sum = [&](const std::vector<double>& p) {
        double total = 0.0;
        double power = 1.0;
        for (std::size_t j = 0; j < p.size(); ++j) {
            total += separated_coefficient(p, j, t.q1) * separated_coefficient(p, j, t.q2) * power;
            power *= t.c;
        }
        return total;
    };
    return {sum(coefficients), sum(derivative_of(coefficients))};
}

double correlation(const Triple& t) {
    const double p = std::sqrt(t.q1) * std::sqrt(t.q2);
    return p > 0 ? std::clamp(t.c / p, -1.0, 1.0) : 0.0;
}

DualValue by_series(const Activation& activation, const Triple& t, double tolerance) {
    const network::ScalarFunction function = network::scalar_function(activation);
    const std::vector<double> kinks = kinks_of(activation);
    const double rho = correlation(t);
    constexpr std::size_t most_terms = 512;
    const HermiteCoefficients first = hermite_coefficients(function, kinks, t.q1, most_terms);
    const HermiteCoefficients second = hermite_coefficients(function, kinks, t.q2, most_terms);
    require_moments(function, t.q1, first.moments);
    require_moments(function, t.q2, second.moments);
    DualValue result;
    result.method = DualMethod::hermite;
    double tail1 = first.moments.value;
    double tail2 = second.moments.value;
    double slope_tail1 = first.moments.slope;
    double slope_tail2 = second.moments.slope;
    const double scale = std::max(1.0, std::sqrt(tail1) * std::sqrt(tail2));
    double power = 1.0;
    for (std::size_t k = 0; k < most_terms; ++k) {
        result.value += first.value[k] * second.value[k] * power;
        result.derivative += first.slope[k] * second.slope[k] * power;
        tail1 = std::max(0.0, tail1 - first.value[k] * first.value[k]);
        tail2 = std::max(0.0, tail2 - second.value[k] * second.value[k]);
        slope_tail1 = std::max(0.0, slope_tail1 - first.slope[k] * first.slope[k]);
        slope_tail2 = std::max(0.0, slope_tail2 - second.slope[k] * second.slope[k]);
        power *= rho;
        const double bound = std::abs(power) * std::sqrt(tail1 * tail2);
        const double slope_bound = std::abs(power) * std::sqrt(slope_tail1 * slope_tail2);
        result.error_bound = bound + rounding * scale;
        if (bound <= 0.1 * tolerance && slope_bound <= tolerance) break;
    }
    return result;
}

DualValue by_quadrature(const Activation& activation, const Triple& t, double tolerance) {
    const network::ScalarFunction f = network::scalar_function(activation);
    const std::vector<double> kinks = kinks_of(activation);
    for (const double variance : {t.q1, t.q2})
        require_moments(f, variance, second_moments(f, kinks, variance));
    const PolarValue value = polar_expectation(f.value, f.value, kinks, t.q1, t.q2, t.c, tolerance);
    const PolarValue slope = polar_expectation(f.derivative, f.derivative, kinks, t.q1, t.q2, t.c, 10 * tolerance);
    return {value.value, slope.value, DualMethod::polar, value.error + rounding * std::max(1.0, std::abs(value.value))};
}

DualValue by_sampling(const Activation& activation, const Triple& t, const DualOptions& options) {
    const network::ScalarFunction f = network::scalar_function(activation);
    const double root1 = std::sqrt(t.q1);
    const double root2 = std::sqrt(t.q2);
    const double rho = correlation(t);
    const double rest = std::sqrt((1 - rho) * (1 + rho));
    base::RandomStream stream(options.seed, "dual activation");
    std::array<double, 512> normals;
    double value_sum = 0.0;
    double square_sum = 0.0;
    double slope_sum = 0.0;
    for (std::size_t done = 0; done < options.samples;) {
        numerics::fill_normal(stream, normals.data(), normals.size());
        for (std::size_t i = 0; i + 1 < normals.size() && done < options.samples; i += 2, ++done) {
            const double u = root1 * normals[i];
            const double v = root2 * (rho * normals[i] + rest * normals[i + 1]);
            const double product = f.value(u) * f.value(v);
            value_sum += product;
            square_sum += product * product;
            slope_sum += f.derivative(u) * f.derivative(v);
        }
    }
    const auto n = static_cast<double>(options.samples);
    const double mean = value_sum / n;
    const double variance = std::max(0.0, square_sum / n - mean * mean) / std::max(1.0, n - 1);
    return {mean, slope_sum / n, DualMethod::monte_carlo, 2 * std::sqrt(variance)};
}

} // namespace

std::string_view method_name(DualMethod method) {
    switch (method) {
    case DualMethod::automatic:
        return "auto";
    case DualMethod::closed:
        return "closed";
    case DualMethod::hermite:
        return "hermite";
    case DualMethod::polar:
        return "polar";
    case DualMethod::monte_carlo:
        break;
    }
    return "mc";
}

DualValue dual_activation(const Activation& activation, double q1, double q2, double c, const DualOptions& options) {
    const Triple t = checked(q1, q2, c);
    const auto closed = closed_form(activation);
    const auto polynomial = polynomial_coefficients(activation);
    DualValue result;
    switch (options.method) {
    case DualMethod::closed:
        if (!closed && !polynomial)
            throw base::InputError("--method", "closed: the activation has no closed form; expected hermite or polar");
        [[fallthrough]];
    case DualMethod::automatic:
        if (closed || polynomial) {
            const Dual<double> dual = closed ? evaluate(*closed, t.q1, t.q2, t.c) : by_polynomial(*polynomial, t);
            result = {dual.value, dual.derivative, DualMethod::closed, 0.0};
        } else {
            const bool smooth = kinks_of(activation).empty();
            if (smooth) result = by_series(activation, t, options.tolerance);
            if (!smooth || result.error_bound > 2 * options.tolerance)
                result = by_quadrature(activation, t, options.tolerance);
        }
        break;
    case DualMethod::hermite:
        result = by_series(activation, t, options.tolerance);
        break;
    case DualMethod::polar:
        result = by_quadrature(activation, t, options.tolerance);
        break;
    case DualMethod::monte_carlo:
        result = by_sampling(activation, t, options);
        break;
    }
    // sign and step have no derivative that a number could be
    if (closed && std::holds_alternative<StepForm>(*closed)) result.derivative = 0.0;
    if (!std::isfinite(result.value) || !std::isfinite(result.derivative))
        throw base::WorkError("the dual activation overflows at q1 = " + base::number_text(q1) +
                              ", q2 = " + base::number_text(q2) + ", c = " + base::number_text(c));
    return result;
}

} // namespace limsym::kernel
