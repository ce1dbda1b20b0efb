#include "limsym/stable/moment.hpp"

#include <cmath>
#include <limits>

#include "limsym/stable/half_line.hpp"
#include "limsym/stable/law.hpp"

namespace limsym::stable {

double activation_moment(const network::Activation& activation, const Growth& growth, double p, double alpha,
                         double sigma) {
    const network::ScalarFunction phi = network::scalar_function(activation);
    if (!(sigma > 0)) return std::pow(std::abs(phi.value(0.0)), p);
    const double order = growth.power * p;
    const bool grows = growth.power > 0 && (growth.left != 0 || growth.right != 0);
    if (grows && alpha < 2 && order >= alpha) return std::numeric_limits<double>::infinity();
    const auto& v = activation.parameters;
    if (growth.periodic) {
        const double frequency = std::abs(v[1]) * sigma;
        const double amplitude = std::pow(std::abs(v[0]), p);
        if (!(frequency > 0)) return amplitude * std::pow(std::abs(std::sin(v[2])), p);
        return amplitude *
               (expected_sine_power(alpha, frequency, v[2], p) + expected_sine_power(alpha, frequency, -v[2], p));
    }
    if (growth.exact) {
        const double sides = 0.5 * (std::pow(std::abs(growth.left), p) + std::pow(std::abs(growth.right), p));
        return sides * std::exp(order * std::log(sigma) + (order > 0 ? log_absolute_moment(alpha, order) : 0.0));
    }
    const HalfLine half_line(alpha, 1 / sigma);
    double sum = 0.0;
    for (const double side : {1.0, -1.0}) {
        PowerIntegrand integrand;
        integrand.function = [&](double x) { return phi.value(side * sigma * x); };
        integrand.power = p;
        for (const double kink : network::kinks_of(activation))
            integrand.kinks.push_back(side * kink / sigma);
        integrand.growth = growth.power;
        integrand.coefficient = (side > 0 ? growth.right : growth.left) * std::pow(sigma, growth.power);
        sum += half_line.expected_power(integrand);
    }
    return sum;
}

} // namespace limsym::stable
