#include "limsym/nodescaling/width_bound.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/nodescaling/tangent_gram.hpp"

namespace limsym::nodescaling {

WidthBound width_bound(const NodeActivation& activation, double sigma_w, const arma::mat& x,
                       const WidthBoundOptions& options, const base::Monitor& monitor) {
    const Spectrum mean = spectrum(mean_tangent_gram(activation, sigma_w, x, monitor));
    WidthBound bound;
    bound.kappa = mean.smallest();
    bound.error_bound = mean.error_bound;
    bound.r = spectrum(input_gram(x)).largest();
    bound.eigenvalue_floor = options.gamma * (1.0 - options.eps) * bound.kappa;
    if (!mean.resolved()) return bound;
    const double slope = activation.largest_slope();
    // eps + (1 - eps) ln(1 - eps) loses its digits by cancellation for small eps, where it is eps^2/2 + eps^3/6 + ...
    const double eps = options.eps;
    double c = eps + (1.0 - eps) * std::log1p(-eps);
    if (eps < 0.01) {
        c = 0.0;
        double power = eps * eps;
        for (int k = 2; k < 12; ++k, power *= eps)
            c += power / (k * (k - 1.0));
    }
    const double n = static_cast<double>(x.n_rows);
    bound.nodes = std::max(1.0, std::ceil(bound.r * slope * slope / (bound.kappa * c) * std::log(n / options.delta)));
    return bound;
}

} // namespace limsym::nodescaling
