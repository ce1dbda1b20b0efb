#include "limsym/stable/convergence.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/error.hpp"
#include "limsym/numerics/goodness_of_fit.hpp"
#include "limsym/stable/agreement.hpp"
#include "limsym/stable/tail_index.hpp"

namespace limsym::stable {

ConvergencePoint convergence_point(const arma::vec& outputs, const Law& law) {
    if (!(law.sigma > 0)) throw base::WorkError("the limit is a point mass: its scale is zero");
    const auto root = static_cast<std::size_t>(std::floor(std::sqrt(static_cast<double>(outputs.n_elem))));
    ConvergencePoint point;
    point.ks = kolmogorov_smirnov(law, outputs);
    point.ecf = characteristic_distance(law, outputs);
    try {
        point.alpha_hill = hill_estimates(outputs, {std::max<std::size_t>(root, 1)}).front().alpha_hat;
    } catch (const base::WorkError&) {
        point.alpha_hill.reset(); // ties
    }
    return point;
}

double critical_distance(std::size_t outputs) {
    constexpr std::size_t most_exact = 100'000;
    return outputs <= most_exact ? numerics::kolmogorov_upper_quantile(0.01, outputs)
                                 : numerics::kolmogorov_upper_quantile_asymptotic(0.01, outputs);
}

} // namespace limsym::stable
