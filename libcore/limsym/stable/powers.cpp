#include "limsym/stable/powers.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/numerics/vmath.hpp"

namespace limsym::stable {

void add_compensated(double* sum, double* rest, const double* part, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const double total = sum[i] + part[i];
        rest[i] += std::abs(sum[i]) >= std::abs(part[i]) ? (sum[i] - total) + part[i] : (part[i] - total) + sum[i];
        sum[i] = total;
    }
}

double power_sum_in_place(double* values, std::size_t count, double alpha) {
    if (alpha == 2) {
        for (std::size_t i = 0; i < count; ++i)
            values[i] *= values[i];
    } else {
        for (std::size_t i = 0; i < count; ++i)
            values[i] = std::abs(values[i]);
        if (alpha != 1) {
            numerics::vlog(values, values, count); // 0 becomes -infinity, and 0 again
            for (std::size_t i = 0; i < count; ++i)
                values[i] *= alpha;
            numerics::vexp(values, values, count);
        }
    }
    double sum = 0.0;
    double rest = 0.0;
    for (std::size_t i = 0; i < count; ++i)
        add_compensated(&sum, &rest, values + i, 1);
    return std::isfinite(sum) ? sum + rest : sum;
}

double power_norm(double* values, std::size_t count, double alpha) {
    double unit = 0.0;
    for (std::size_t i = 0; i < count; ++i)
        unit = std::max(unit, std::abs(values[i]));
    if (!(unit > 0)) return 0.0;
    for (std::size_t i = 0; i < count; ++i)
        values[i] /= unit;
    return unit * std::pow(power_sum_in_place(values, count, alpha), 1 / alpha);
}

double combined_scale(double alpha, double sigma_w, double moment, double sigma_b) {
    if (alpha == 1) return sigma_w * moment + sigma_b;
    if (alpha == 2) return std::hypot(sigma_w * std::sqrt(moment), sigma_b);
    const double weights = sigma_w > 0 && moment > 0 ? sigma_w * std::pow(moment, 1 / alpha) : 0.0;
    const double high = std::max(weights, sigma_b);
    const double low = std::min(weights, sigma_b);
    if (!(low > 0)) return high;
    return high * std::exp(std::log1p(std::pow(low / high, alpha)) / alpha);
}

} // namespace limsym::stable
