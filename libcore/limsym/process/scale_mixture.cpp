#include "limsym/process/scale_mixture.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "limsym/numerics/distributions.hpp"
#include "limsym/numerics/minimise.hpp"
#include "limsym/numerics/quadrature.hpp"

namespace limsym::process {

std::optional<double> ScaleMixture::degrees_of_freedom() const {
    if (!law.alpha) return std::nullopt;
    return 2.0 * *law.alpha;
}

double ScaleMixture::student_scale() const {
    return std::sqrt(*law.beta / *law.alpha);
}

double log_predictive_density(const ScaleMixture& mixture, double distance, double log_variance, double outputs) {
    const double base = -0.5 * outputs * (std::log(2.0 * std::numbers::pi) + log_variance);
    const ScaleLaw& law = mixture.law;
    if (law.alpha)
        return base + numerics::log_gamma_ratio(*law.alpha, 0.5 * outputs) - 0.5 * outputs * std::log(*law.beta) -
               (*law.alpha + 0.5 * outputs) * std::log1p(0.5 * distance / *law.beta);
    std::vector<double> terms(law.s.size());
    for (std::size_t j = 0; j < law.s.size(); ++j)
        terms[j] = law.log_weights[j] - 0.5 * outputs * std::log(law.s[j]) - 0.5 * distance / law.s[j];
    if (law.continuous) {
        // The points serve while the integrand has died away at both ends; a far outlier looks at larger scales.
        const double enough = *std::max_element(terms.begin(), terms.end()) - 35.0;
        if (!(terms.front() < enough && terms.back() < enough))
            return base + log_scale_integral(mixture.prior, mixture.d + distance, mixture.n + outputs) -
                   law.log_integral;
    }
    return base + numerics::log_sum_exp(terms);
}

double standard_quantile(const ScaleMixture& mixture, double p) {
    if (p == 0.5) return 0.0;
    const ScaleLaw& law = mixture.law;
    if (law.alpha) return mixture.student_scale() * numerics::student_t_quantile(p, 2.0 * *law.alpha);
    const double normal = numerics::normal_quantile(p);
    if (law.s.size() == 1) return std::sqrt(law.s[0]) * normal;
    std::vector<double> inverse_root;
    std::vector<double> weight;
    for (std::size_t j = 0; j < law.s.size(); ++j) {
        const double w = std::exp(law.log_weights[j]);
        if (w == 0.0) continue;
        inverse_root.push_back(1.0 / std::sqrt(law.s[j]));
        weight.push_back(w);
    }
    const auto excess = [&](double z) {
        double sum = -p;
        for (std::size_t j = 0; j < weight.size(); ++j)
            sum += weight[j] * numerics::normal_cdf(z * inverse_root[j]);
        return sum;
    };
    return increasing_root(excess, std::abs(normal) * std::sqrt(law.quantile(0.5)));
}

double increasing_root(const std::function<double(double)>& f, double reach) {
    double step = reach > 0.0 ? reach : 1.0;
    double low = -step;
    double high = step;
    for (; f(low) > 0.0 && std::isfinite(low); low -= step)
        step *= 2.0;
    for (step = high; f(high) < 0.0 && std::isfinite(high); high += step)
        step *= 2.0;
    return numerics::find_root(f, low, high);
}

} // namespace limsym::process
