#include "limsym/process/robust_features.hpp"

#include <algorithm>
#include <cmath>

#include "limsym/base/parallel.hpp"
#include "limsym/kernel/jacobian_jets.hpp"

namespace limsym::process {

double dual_norm(const arma::rowvec& gradient, BallNorm norm) {
    double sum = 0.0;
    for (const double g : gradient)
        sum += norm == BallNorm::l2 ? g * g : std::abs(g);
    return norm == BallNorm::l2 ? std::sqrt(sum) : sum;
}

std::vector<EigenFeature> eigen_features(const kernel::JacobianNetwork& network, const RobustData& data,
                                         const RobustOptions& options, const RobustFit& fit, const FeatureProbe& probe,
                                         const base::Monitor& monitor) {
    const RobustFlow& flow = *fit.flow;
    const std::size_t size = flow.size();
    const std::size_t height = data.x.n_cols + 1;
    const double kappa2 = options.loss.kappa * options.loss.kappa;
    const arma::vec w = flow.rotated(stacked_targets(data.y, data.x.n_cols));
    const arma::vec phi = flow.response(options.times.front());
    const double length = arma::dot(w, w);
    arma::vec useful(size, arma::fill::zeros);
    arma::vec fragile(size, arma::fill::zeros); // mean |grad f_i|
    constexpr std::size_t block = 128;
    const std::size_t m = probe.x.n_rows;
    for (std::size_t first = 0; first < m; first += block) {
        const arma::mat points = probe.x.rows(first, std::min(m, first + block) - 1);
        const kernel::JacobianKernels cross =
            kernel::jacobian_kernels(network, points, &data.x, {false, true, false}, monitor);
        const arma::mat rows = flow.rotated_rows(kernel::expand(cross.ntk, points, data.x, false));
        base::parallel_for(size, [&](std::size_t k) {
            const double factor = kappa2 * phi(k) * w(k);
            arma::rowvec gradient(height - 1, arma::fill::none);
            for (std::size_t i = 0; i < points.n_rows; ++i) {
                for (std::size_t a = 1; a < height; ++a)
                    gradient(a - 1) = factor * rows(i * height + a, k);
                useful(k) += probe.y(first + i) * factor * rows(i * height, k);
                fragile(k) += dual_norm(gradient, probe.norm);
            }
        });
    }
    std::vector<EigenFeature> result;
    const auto count = static_cast<double>(m);
    for (std::size_t k = size; k-- > 0;) {
        const double usefulness = useful(k) / count;
        result.push_back({flow.eigenvalues()(k), length > 0 ? w(k) * w(k) / length : 0.0, usefulness,
                          usefulness - probe.radius * fragile(k) / count});
    }
    return result;
}

} // namespace limsym::process
